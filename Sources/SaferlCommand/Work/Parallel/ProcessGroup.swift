import Foundation
import Parallel
import SafeRL

/// What tells exchanges apart that may be under way together; those of updates begin behind them.
private enum Tag {
    static let report = 1, verdict = 2, command = 3, text = 4, digests = 5
}

/// The processes that `mpirun` started for one command.
///
/// The first writes and speaks; the others follow it.
final class ProcessGroup {
    /// What the first process tells the others.
    enum Command {
        /// An update of a stage.
        case update(stage: Int)
        /// A checkpoint to go on from.
        case load(path: String)
        /// To say what they hold.
        case compare
        /// That nothing follows.
        case end
    }

    /// What a process says before the first update.
    private struct Report: Codable {
        var fault: String?
        var exitCode: Int32 = 0
        var identity: [String: String] = [:]
    }

    private static let reportBytes = 8192
    /// What is said in place of an exit code where all is well.
    private static let goOn = -1

    /// Whether a process follows another: it says nothing, and writes no file of the run.
    static var isFollower: Bool { (environment("OMPI_COMM_WORLD_RANK") ?? "0") != "0" }

    let peers: MPIPeers
    private var hasAgreed = false
    private var hasLeft = false

    private init(_ peers: MPIPeers) { self.peers = peers }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }

    /// Does a command's work, with the other processes where `mpirun` started some.
    ///
    /// What goes wrong in one of them before they have agreed is the first one's to say.
    ///
    /// - Throws: what the work throws; in other processes a status without words.
    static func run(_ work: (ProcessGroup?) throws -> Void) throws {
        guard environment("OMPI_COMM_WORLD_SIZE") != nil else { return try work(nil) }
        let group = ProcessGroup(try MPIPeers())
        do {
            try work(group)
            // Nothing was to be done.
            if !group.hasAgreed { try group.agree(Report(exitCode: 0)) }
        } catch let error where !group.hasAgreed {
            let status = CommandStatus(describing: error)
            // Who is refused memory ends in a way of its own.
            let saysItself = error is MemoryShortage
            if !saysItself && !(error is CommandStatus) { say(error) }
            try? group.agree(Report(fault: oneLine("\(error)"), exitCode: status.rawValue))
            throw isFollower || !saysItself ? status : error
        }
    }

    /// Says in the first process why nothing begins, before any other one knows of it: `mpirun` ends this one when another ends first.
    private static func say(_ error: any Error) {
        if !isFollower { FileHandle.standardError.offer(oneLine("\(error)") + "\n") }
    }

    /// Finds out before the first update whether all processes are ready, and of the same program, configuration and data.
    ///
    /// - Throws: a status without words; the first process has said why.
    func agree(_ identity: [String: String]) throws { try agree(Report(identity: identity)) }

    private func agree(_ own: Report) throws {
        hasAgreed = true
        let fault = peers.rank == 0 ? try judged(own) : nil
        if let fault { Self.say(fault) }
        let isReady = fault == nil && own.fault == nil && !own.identity.isEmpty
        let verdict = Int32(
            try peers.told(
                isReady ? Self.goOn : Int(fault.map { FaultKind(of: $0).exitCode } ?? own.exitCode),
                report(own)))
        if verdict == Self.goOn { return }
        leave()
        if let fault { throw CommandStatus(describing: fault) }
        if peers.rank > 0 && own.fault == nil { throw CommandStatus(rawValue: verdict) ?? .internalFault }
    }

    /// What keeps the first process from going on: the fault of another one.
    private func judged(_ own: Report) throws -> ParallelFault? {
        var found: ParallelFault?
        for rank in 1..<max(peers.count, 1) {
            var bytes = [UInt8](repeating: 0, count: Self.reportBytes)
            try bytes.withUnsafeMutableBytes {
                try peers.exchange(
                    with: rank, tag: Tag.report, .init(start: nil, count: 0), into: $0, patience: nil)
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(bytes.prefix { $0 != 0 }))
            // Where nothing is to be done, nothing is compared.
            if found != nil || own.fault != nil || own.identity.isEmpty { continue }
            if let fault = report.fault {
                found = .otherRank(
                    rank, kind: FaultKind.allCases.first { $0.exitCode == report.exitCode } ?? .internalFault,
                    reason: fault)
            } else if let what = Self.identities.first(where: { own.identity[$0] != report.identity[$0] }) {
                found = .otherIdentity(rank: rank, what: what)
            }
        }
        return found
    }

    /// What has to be equal, in the order in which it is named.
    static let identities = ["binary", "configuration", "data", "processor"]

    private func report(_ own: Report) throws -> [UInt8] {
        var own = own
        own.fault = own.fault.map { String($0.prefix(2000)) }
        var bytes = Array(try JSONEncoder().encode(own))
        bytes += [UInt8](repeating: 0, count: max(Self.reportBytes - bytes.count, 0))
        return bytes
    }

    /// Waits for others only briefly from now on where a signal has asked this process to end.
    func watchSignals() { peers.isAskedToEnd = { SignalWatch.latest != nil } }

    // MARK: Commands

    /// Tells the other processes what is done next; called by the first.
    func send(_ command: Command) throws {
        let (kind, value, text): (Int, Int, [UInt8]) =
            switch command {
            case .update(let stage): (1, stage, [])
            case .load(let path): (2, path.utf8.count, Array(path.utf8))
            case .compare: (3, 0, [])
            case .end: (4, 0, [])
            }
        for rank in 1..<max(peers.count, 1) {
            try peers.send([Int64(kind), Int64(value)], to: rank, tag: Tag.command)
            if !text.isEmpty { try peers.send(text, to: rank, tag: Tag.text) }
        }
    }

    /// Waits for what the first process tells, however long that takes.
    func next() throws -> Command {
        let words = try peers.receive(2, of: Int64(0), from: 0, tag: Tag.command)
        switch words[0] {
        case 1: return .update(stage: Int(words[1]))
        case 2:
            let text = try peers.receive(Int(words[1]), of: UInt8(0), from: 0, tag: Tag.text)
            return .load(path: String(decoding: text, as: UTF8.self))
        case 3: return .compare
        default: return .end
        }
    }

    /// Compares what processes hold: every other one sends its own to the first.
    ///
    /// - Returns: the rank and the place of the first difference; nil in the other processes and where there is none.
    func firstDifference(_ own: [UInt64]) throws -> (rank: Int, place: Int)? {
        if peers.rank > 0 {
            try peers.send(own, to: 0, tag: Tag.digests)
            return nil
        }
        var found: (Int, Int)?
        for rank in 1..<max(peers.count, 1) {
            let others = try peers.receive(own.count, of: UInt64(0), from: rank, tag: Tag.digests)
            if let place = own.indices.first(where: { own[$0] != others[$0] }), found == nil {
                found = (rank, place)
            }
        }
        return found
    }

    /// Leaves the others, each of which has to as well.
    func leave() {
        if hasLeft { return }
        hasLeft = true
        peers.leave()
    }
}

extension MPIPeers {
    fileprivate func send<Word>(_ words: [Word], to rank: Int, tag: Int) throws {
        try words.withUnsafeBytes {
            try exchange(with: rank, tag: tag, $0, into: .init(start: nil, count: 0), patience: nil)
        }
    }

    fileprivate func receive<Word>(_ count: Int, of zero: Word, from rank: Int, tag: Int) throws -> [Word] {
        var words = [Word](repeating: zero, count: count)
        try words.withUnsafeMutableBytes {
            try exchange(with: rank, tag: tag, .init(start: nil, count: 0), into: $0, patience: nil)
        }
        return words
    }

    /// What the first process says to all, after each other one has sent it its report.
    fileprivate func told(_ value: Int, _ report: [UInt8]) throws -> Int {
        if rank == 0 {
            for other in 1..<max(count, 1) { try send([Int64(value)], to: other, tag: Tag.verdict) }
            return value
        }
        try send(report, to: 0, tag: Tag.report)
        return Int(try receive(1, of: Int64(0), from: 0, tag: Tag.verdict)[0])
    }
}
