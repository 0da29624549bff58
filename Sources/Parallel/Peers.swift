import CMPI
import Storage

/// The processes of a run, as one of them sees the others.
public protocol Peers: AnyObject {
    /// Which of them this one is, from 0.
    var rank: Int { get }
    /// How many there are, a power of two.
    var count: Int { get }
    /// Sends to a process and receives from it at the same time.
    ///
    /// - Parameters:
    ///   - peer: another rank.
    ///   - tag: tells one exchange from others that are under way; in `0 ..< 32768`.
    ///   - out: what is sent; may be empty.
    ///   - into: filled with what the other sends, of the same length; may be empty.
    ///   - patience: seconds to wait at most; nil waits for ever.
    /// - Throws: `ParallelFault`.
    func exchange(
        with peer: Int, tag: Int, _ out: UnsafeRawBufferPointer, into: UnsafeMutableRawBufferPointer,
        patience: Int?
    ) throws(ParallelFault)
}

/// A process that shares with no other.
public final class Alone: Peers {
    /// 0.
    public let rank = 0
    /// 1.
    public let count = 1

    /// Makes it.
    public init() {}

    /// Never called: there is nobody.
    public func exchange(
        with peer: Int, tag: Int, _ out: UnsafeRawBufferPointer, into: UnsafeMutableRawBufferPointer,
        patience: Int?
    ) throws(ParallelFault) {
        preconditionFailure("an exchange with rank \(peer) of 1")
    }
}

/// The processes that `mpirun` started, by Open MPI, which is opened at run time.
public final class MPIPeers: Peers {
    /// Which process this one is.
    public let rank: Int
    /// How many there are.
    public let count: Int
    /// Whether this process has been asked to end, by a signal: exchanges then wait no longer than `grace`.
    public var isAskedToEnd: () -> Bool = { false }
    /// Seconds that a process which is to end waits for another one, in every exchange.
    ///
    /// `mpirun` kills it a second after its signal.
    public static let grace = 0.4

    /// Joins them, once in a process.
    ///
    /// - Parameter library: its path; nil for the system's.
    /// - Throws: `ParallelFault` where the library is missing or of another kind.
    public init(library: String? = nil) throws(ParallelFault) {
        var (rank, count): (Int32, Int32) = (0, 1)
        var fault = cmpi_fault()
        guard cmpi_join(library, &rank, &count, &fault) == 1 else {
            throw ParallelFault(fault, at: library)
        }
        (self.rank, self.count) = (Int(rank), Int(count))
    }

    /// Through the library; it rests between looks, so that processes may share cores.
    public func exchange(
        with peer: Int, tag: Int, _ out: UnsafeRawBufferPointer, into: UnsafeMutableRawBufferPointer,
        patience: Int?
    ) throws(ParallelFault) {
        var fault = cmpi_fault()
        let waiting = cmpi_patience(
            seconds: Double(patience ?? 0), grace: Self.grace,
            is_asked_to_end: { context in
                guard let context else { return 0 }
                return Unmanaged<MPIPeers>.fromOpaque(context).takeUnretainedValue().isAskedToEnd() ? 1 : 0
            }, context: Unmanaged.passUnretained(self).toOpaque())
        let isDone = cmpi_exchange(
            Int32(peer), Int32(tag), out.baseAddress, out.count, into.baseAddress, into.count, waiting, &fault
        )
        guard isDone == 0 else { return }
        switch UInt32(bitPattern: fault.kind) {
        case CMPI_LATE.rawValue: throw .silent(rank: peer, seconds: patience ?? 0)
        case CMPI_ENDED.rawValue: throw .ended(rank: peer)
        default: throw ParallelFault(fault, at: nil)
        }
    }

    /// Leaves the others in good order; all have to.
    public func leave() { cmpi_leave() }
}

/// Why processes cannot go on together, each one line.
public enum ParallelFault: Fault, Equatable {
    /// Open MPI is not installed.
    case noLibrary(reason: String)
    /// Another MPI than Open MPI 4.
    case otherLibrary(missing: String)
    /// A function of the library failed.
    case refused(function: String)
    /// A process did not answer.
    case silent(rank: Int, seconds: Int)
    /// This process was asked to end, and another one, which had ended before, did not answer.
    case ended(rank: Int)
    /// A process runs with something else than rank 0.
    case otherIdentity(rank: Int, what: String)
    /// A process could not begin.
    case otherRank(Int, kind: FaultKind, reason: String)
    /// Parts that must be equal are not.
    case apart(String)
    /// A number of processes that parts cannot be shared out to.
    case unevenRanks(Int, shards: Int)

    init(_ fault: cmpi_fault, at library: String?) {
        let detail = withUnsafeBytes(of: fault.detail) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch UInt32(bitPattern: fault.kind) {
        case CMPI_NO_LIBRARY.rawValue: self = .noLibrary(reason: detail)
        case CMPI_NO_FUNCTION.rawValue: self = .otherLibrary(missing: detail)
        default: self = .refused(function: detail)
        }
    }

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noLibrary, .otherLibrary, .unevenRanks, .otherIdentity: .configuration
        case .refused, .silent, .apart: .internalFault
        case .ended: .terminated
        case .otherRank(_, let kind, _): kind
        }
    }

    /// One line.
    public var description: String {
        switch self {
        case .noLibrary(let reason):
            "libmpi.so.40 is not to be opened (\(oneLine(reason))). Install Open MPI: apt-get install openmpi-bin"
        case .otherLibrary(let missing):
            "libmpi.so.40 has no \(missing): it is not Open MPI 4. Start the run with that one's mpirun."
        case .refused(let function): "Open MPI: \(function) failed."
        case .silent(let rank, let seconds):
            "rank \(rank) has not answered for \(seconds) s (parallel.timeout). Continue with: saferl resume RUN"
        case .ended(let rank):
            "ended while rank \(rank) did not answer; the last checkpoint is sound. Continue with: saferl resume RUN"
        case .otherIdentity(let rank, let what):
            "rank \(rank) runs with another \(what) than rank 0. Give every machine the same."
        case .otherRank(let rank, _, let reason): "rank \(rank): \(reason)"
        case .apart(let what):
            "the parts of an update have come apart: \(what). The last checkpoint is sound; this is a fault of saferl."
        case .unevenRanks(let ranks, let shards):
            "\(ranks) processes do not share \(shards) parts evenly. Start 1, 2, 4 … up to \(shards) (parallel.shards)."
        }
    }
}
