import Foundation

/// Fetches a file over HTTP: whole or not at all, continued where an earlier attempt broke off, never over another file.
///
/// What has come is kept beside the destination, in `NAME.part`, and continued only if the server promises, by a strong
/// tag, that it still has the same version. `curl` does the talking, so proxies (`https_proxy`) and certificates are those
/// of the system.
public struct Download {
    /// What is fetched, `https://…` or `http://…`.
    public let address: String
    /// The path that the file gets.
    public let destination: String
    /// The first bytes of such files, and what they are called.
    private let signature: (bytes: [UInt8], name: String)?
    private let operations: any FileOperations
    private let program: String

    private let unstatedLimit: Int

    /// Most bytes of a file of which the server states no length: every official file of DSRL is smaller.
    public static let unstatedLimit = 4_000_000_000
    /// Attempts in a row that each continue the one before.
    private static let attempts = 10

    /// What came.
    public struct Outcome: Sendable, Equatable {
        /// Bytes in the file.
        public let bytes: Int
        /// SHA-256 of the file, in hexadecimal.
        public let sha256: String
        /// Whether the server stated this SHA-256, which then was compared.
        public let isStated: Bool
        /// Bytes that an earlier command had fetched.
        public let kept: Int
    }

    /// Describes a download of an HDF5 file.
    ///
    /// - Parameters:
    ///   - address: `https://…` or `http://…`.
    ///   - destination: where the file goes; folders are made.
    ///   - unstatedLimit: most bytes where the server states no length.
    public init(hdf5 address: String, to destination: String, unstatedLimit: Int = Self.unstatedLimit) {
        self.init(
            hdf5: address, to: destination, unstatedLimit: unstatedLimit, operations: SystemFiles())
    }

    /// The same with seams for tests.
    package init(
        hdf5 address: String, to destination: String, unstatedLimit: Int = Self.unstatedLimit,
        operations: any FileOperations, program: String = "curl"
    ) {
        self.unstatedLimit = unstatedLimit
        (self.address, self.destination) = (address, destination)
        signature = ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "HDF5")
        (self.operations, self.program) = (operations, program)
    }

    /// Fetches the file.
    ///
    /// - Parameter progress: is told bytes so far, and in all where that is known.
    /// - Returns: what came.
    /// - Throws: `TransferError` or `StorageError`; what can be continued is kept.
    public func run(progress: (_ bytes: Int, _ total: Int?) -> Void = { _, _ in }) throws -> Outcome {
        if fileKind(destination) != nil { throw TransferError.exists(path: destination) }
        let made = try operations.makeDirectories(parent(of: destination))
        do {
            let part = try PartialFile(destination + ".part", operations)
            // Another process may have finished it before the lock was free.
            if fileKind(destination) != nil { throw TransferError.exists(path: destination) }
            do { return try fetch(into: part, progress) } catch {
                if part.length == 0 || part.tag == nil { part.discard() }
                throw error
            }
        } catch {
            // Those that hold something stay.
            for folder in made.reversed() { try? operations.removeDirectory(folder) }
            throw error
        }
    }

    private func fetch(into part: PartialFile, _ progress: (Int, Int?) -> Void) throws -> Outcome {
        var kept = part.length
        var answer = Answer()
        for attempt in 1...Self.attempts {
            let before = part.length
            answer = Answer()
            guard let fault = try request(part, &answer, progress) else { break }
            if answer.wasRestarted { kept = 0 }
            guard attempt < Self.attempts, part.tag != nil, part.length > (answer.wasRestarted ? 0 : before)
            else { throw fault }
        }
        return try finish(part, answer, kept: answer.wasRestarted ? 0 : kept)
    }

    /// What the heads of an answer said.
    private struct Answer {
        var total: Int?
        var statedLength: Int?
        var statedSHA256: String?
        var wasRestarted = false
        var hasHead = false
    }

    /// One request; returns why it broke off, nothing when it did not.
    private func request(
        _ part: PartialFile, _ answer: inout Answer, _ progress: (Int, Int?) -> Void
    ) throws -> TransferError? {
        var headers: [String] = []
        if part.length > 0, let tag = part.tag {
            headers = ["Range: bytes=\(part.length)-", "If-Range: \(tag)"]
        }
        let transfer = CurlTransfer(address: address, headers: headers, program: program)
        var heard = answer
        let end = try transfer.run { head in
            try take(head, part, &heard)
        } body: { bytes in
            let stated = heard.total ?? heard.statedLength
            guard bytes.count <= (stated ?? unstatedLimit) - part.length else {
                part.discard()
                throw TransferError.tooLong(address: address, limit: unstatedLimit, stated: stated)
            }
            try part.append(bytes)
            progress(part.length, heard.total)
        }
        answer = heard
        guard let end, end.code != 0 else { return nil }
        if !heard.hasHead && part.length == 0 {
            throw TransferError.unreachable(address: address, reason: end.message)
        }
        return .interrupted(
            address: address, reason: end.message, kept: part.tag == nil ? 0 : part.length, total: heard.total
        )
    }

    private func take(_ head: HTTPHead, _ part: PartialFile, _ answer: inout Answer) throws
        -> CurlTransfer.Decision
    {
        answer.statedLength = head.linkedLength ?? answer.statedLength
        answer.statedSHA256 = head.linkedSHA256 ?? answer.statedSHA256
        if head.isFollowed { return .goOn }
        answer.hasHead = true
        switch head.status {
        case 200:
            // Also the answer of a server that has another version by now, or ignores ranges.
            if part.length > 0 { answer.wasRestarted = true }
            try part.restart(tag: head.strongTag)
            answer.total = head.length ?? answer.statedLength
        case 206:
            guard let range = head.range, range.start == part.length else {
                part.discard()
                throw TransferError.badAnswer(
                    address: address, reason: "the server answers with another part than was asked for")
            }
            answer.total = range.total ?? answer.statedLength
        case 416 where part.length > 0 && head.range?.total == part.length:
            answer.total = part.length
            return .stop
        case 416 where part.length > 0:
            part.discard()
            throw TransferError.badAnswer(
                address: address, reason: "the server has a shorter file than the part that is here")
        default: throw TransferError.refused(address: address, status: head.status)
        }
        return .goOn
    }

    private func finish(_ part: PartialFile, _ answer: Answer, kept: Int) throws -> Outcome {
        do {
            for stated in [answer.total, answer.statedLength].compactMap(\.self) where stated != part.length {
                throw TransferError.otherLength(address: address, got: part.length, stated: stated)
            }
            if let signature, try !begins(part.path, with: signature.bytes) {
                throw TransferError.otherKind(address: address, kind: signature.name)
            }
            let digest = try fileDigest(part.path).sha256
            if let stated = answer.statedSHA256, stated != digest {
                throw TransferError.otherChecksum(address: address, got: digest, stated: stated)
            }
            let outcome = Outcome(
                bytes: part.length, sha256: digest, isStated: answer.statedSHA256 != nil, kept: kept)
            try part.place(at: destination)
            return outcome
        } catch let error as TransferError where error.kind == .badData {
            part.discard()
            throw error
        }
    }

    private func begins(_ path: String, with bytes: [UInt8]) throws -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        return try handle.read(upToCount: bytes.count).map(Array.init) == bytes
    }
}
