import Foundation
import Glibc
import SafeRL
import TestSupport
import Testing

/// Downloads from a server on this machine; curl, which they need, may not be installed.
@Suite(.enabled(if: LocalServer.isCurlHere)) struct DownloadTests {
    /// What an HDF5 file begins with, and 300,000 bytes that are no HDF5.
    private static let file =
        [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] + (0..<300_000).map { UInt8(($0 * 7 + 3) % 251) }
    /// By another program.
    private static let sha256 = "ff5777be3f7f573f6911647b0411b98408674f0146cd57ef4ffa985a2de28509"
    private static let cut = 100_000

    private let folder: TemporaryDirectory
    private var path: String { folder.path + "/new/a.hdf5" }
    private var part: String { path + ".part" }

    init() throws { folder = try TemporaryDirectory() }

    private func download(_ server: LocalServer, operations: any FileOperations = SystemFiles()) -> Download {
        Download(hdf5: server.address + "/a.hdf5", to: path, operations: operations)
    }

    private func error(_ body: () throws -> Download.Outcome) throws -> TransferError {
        try #require(#expect(throws: TransferError.self) { _ = try body() })
    }

    private var isNothingLeft: Bool { fileKind(folder.path + "/new") == nil }

    /// Leaves `bytes` of an earlier download behind.
    private func leave(_ bytes: some Collection<UInt8>, tag: String) throws {
        try SystemFiles().makeDirectories(folder.path + "/new")
        try overwrite(part, Array(bytes))
        try overwrite(part + ".tag", Array(tag.utf8))
    }

    /// A server that breaks off after `cut` bytes of the first answer.
    private func breakingServer(
        tag: String? = "\"v1\"", then rest: @escaping LocalServer.Answer
    ) throws -> LocalServer {
        try LocalServer { request, number in
            guard number == 0 else { return rest(request, number) }
            let whole = LocalServer.file(Self.file, tag: tag, to: request)
            return whole.dropLast(Self.file.count - Self.cut)
        }
    }

    @Test func aFileArrivesWhole() throws {
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: nil, to: request) }
        var last: (Int, Int?) = (0, nil)
        let outcome = try download(server).run { last = ($0, $1) }
        #expect(try read(path) == Self.file)
        #expect(outcome.bytes == Self.file.count && outcome.sha256 == Self.sha256)
        #expect(!outcome.isStated && outcome.kept == 0)
        #expect(last.0 == Self.file.count && last.1 == Self.file.count)
        #expect(try directoryContents(folder.path + "/new") == ["a.hdf5"])
        #expect(server.requests.map(\.path) == ["/a.hdf5"])
    }

    @Test func anInterruptedTransferIsContinuedAtOnce() throws {
        let server = try breakingServer { request, _ in
            LocalServer.file(Self.file, tag: "\"v1\"", to: request)
        }
        #expect(try download(server).run().sha256 == Self.sha256)
        #expect(server.requests.map { $0.fields["range"] } == [nil, "bytes=\(Self.cut)-"])
        #expect(server.requests.last?.fields["if-range"] == "\"v1\"")
        #expect(try directoryContents(folder.path + "/new") == ["a.hdf5"])
    }

    @Test func aLaterCallContinues() throws {
        let silent = try breakingServer { _, _ in [] }
        guard case .interrupted(_, _, let kept, _) = try error({ try download(silent).run() }) else {
            Issue.record("not interrupted")
            return
        }
        #expect(kept == Self.cut)
        #expect(try read(part) == Array(Self.file.prefix(Self.cut)))
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: "\"v1\"", to: request) }
        let outcome = try download(server).run()
        #expect(outcome.kept == Self.cut && outcome.sha256 == Self.sha256)
        #expect(server.requests.map { $0.fields["range"] } == ["bytes=\(Self.cut)-"])
    }

    @Test func aServerThatIgnoresRangesSendsTheWholeFileAgain() throws {
        let server = try breakingServer { _, _ in
            LocalServer.reply("200 OK", ["ETag: \"v1\"", "Content-Length: \(Self.file.count)"], Self.file)
        }
        #expect(try download(server).run().sha256 == Self.sha256)
        #expect(server.requests.count == 2)
    }

    @Test func partsOfTwoVersionsAreNeverJoined() throws {
        try leave([UInt8](repeating: 7, count: 5000), tag: "\"v0\"")
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: "\"v1\"", to: request) }
        let outcome = try download(server).run()
        #expect(outcome.sha256 == Self.sha256 && outcome.kept == 0)
        #expect(server.requests.first?.fields["if-range"] == "\"v0\"")
    }

    @Test(arguments: [nil, "W/\"v1\""])
    func withoutAStrongTagNothingIsContinued(_ tag: String?) throws {
        let server = try breakingServer(tag: tag) { _, _ in [] }
        guard case .interrupted(_, _, 0, _) = try error({ try download(server).run() }) else {
            Issue.record("continued")
            return
        }
        #expect(server.requests.count == 1)
        #expect(isNothingLeft)
    }

    @Test func anotherPartThanAskedForIsRefused() throws {
        try leave(Self.file.prefix(5000), tag: "\"v1\"")
        let server = try LocalServer { _, _ in
            LocalServer.reply(
                "206 Partial Content", ["Content-Range: bytes 4000-4002/9000", "Content-Length: 3"],
                [1, 2, 3])
        }
        #expect(try error({ try download(server).run() }).kind == .badData)
        #expect(fileKind(part) == nil && fileKind(path) == nil)
    }

    @Test func aPartThatIsCompleteIsPutInPlace() throws {
        try leave(Self.file, tag: "\"v1\"")
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: "\"v1\"", to: request) }
        let outcome = try download(server).run()
        #expect(outcome.sha256 == Self.sha256 && outcome.kept == Self.file.count)
    }

    @Test func aRedirectionIsFollowedAndItsChecksumCompared() throws {
        let server = try LocalServer { request, _ in
            request.path == "/a.hdf5"
                ? LocalServer.reply(
                    "302 Found",
                    [
                        "Location: /b", "X-Linked-Size: \(Self.file.count)",
                        "X-Linked-ETag: \"\(Self.sha256)\"", "Content-Length: 2",
                    ], [1, 2])
                : LocalServer.file(Self.file, tag: "\"v1\"", to: request)
        }
        #expect(try download(server).run().isStated)
        #expect(server.requests.map(\.path) == ["/a.hdf5", "/b"])
        #expect(try read(path) == Self.file)
    }

    @Test func anotherChecksumThanStatedLeavesNothing() throws {
        let stated = String(repeating: "0", count: 64)
        let server = try LocalServer { _, _ in
            LocalServer.reply(
                "200 OK", ["X-Linked-ETag: \"\(stated)\"", "Content-Length: \(Self.file.count)"], Self.file)
        }
        let address = server.address + "/a.hdf5"
        #expect(
            try error({ try download(server).run() })
                == .otherChecksum(address: address, got: Self.sha256, stated: stated))
        #expect(isNothingLeft)
    }

    @Test func anotherLengthThanStatedLeavesNothing() throws {
        let server = try LocalServer { _, _ in
            LocalServer.reply(
                "200 OK", ["X-Linked-Size: 77", "Content-Length: \(Self.file.count)"], Self.file)
        }
        let address = server.address + "/a.hdf5"
        #expect(
            try error({ try download(server).run() })
                == .otherLength(address: address, got: Self.file.count, stated: 77))
        #expect(isNothingLeft)
    }

    /// 12 bytes of the allowance stand for 4 GB; the remedy is carried out.
    @Test func withoutAStatedLengthThereIsALimit() throws {
        let server = try LocalServer { _, _ in LocalServer.reply("200 OK", [], Self.file) }
        let address = server.address + "/a.hdf5"
        func run(_ limit: Int) throws -> Download.Outcome {
            try Download(hdf5: address, to: path, unstatedLimit: limit).run()
        }
        let fault = try error { try run(Self.file.count - 1) }
        #expect(fault == .tooLong(address: address, limit: Self.file.count - 1, stated: nil))
        #expect(
            fault.description
                == "\(address): the server states no length and sends more than \(Self.file.count - 1) bytes. Nothing was "
                + "kept; name a mirror with --from, or allow more with --max-gigabytes.")
        #expect(isNothingLeft)
        #expect(try run(Self.file.count).sha256 == Self.sha256)
    }

    @Test func moreThanTheStatedLengthIsNotWaitedFor() throws {
        let server = try LocalServer { _, _ in LocalServer.reply("200 OK", ["X-Linked-Size: 77"], Self.file) }
        let address = server.address + "/a.hdf5"
        #expect(
            try error { try download(server).run() }
                == .tooLong(address: address, limit: Download.unstatedLimit, stated: 77))
        #expect(isNothingLeft)
    }

    @Test(arguments: [403, 404, 503])
    func aRefusalIsAnErrorAndItsTextIsNotKept(_ status: Int) throws {
        let server = try LocalServer { _, _ in
            LocalServer.reply("\(status) No", ["Content-Length: 4"], Array("gone".utf8))
        }
        #expect(
            try error({ try download(server).run() })
                == .refused(address: server.address + "/a.hdf5", status: status))
        #expect(isNothingLeft)
    }

    @Test func aPageInsteadOfTheFileIsNoticed() throws {
        let page = Array("<html>log in first</html>".utf8)
        let server = try LocalServer { _, _ in
            LocalServer.reply("200 OK", ["Content-Length: \(page.count)"], page)
        }
        #expect(
            try error({ try download(server).run() })
                == .otherKind(address: server.address + "/a.hdf5", kind: "HDF5"))
        #expect(isNothingLeft)
    }

    @Test func nobodyThereIsAnErrorAtOnce() throws {
        // Port 9 was for discarding; nothing listens there, and nothing may: it is below 1024.
        let error = try error { try Download(hdf5: "http://127.0.0.1:9/a.hdf5", to: path).run() }
        #expect(error.kind == .inputOutput)
        #expect("\(error)".hasPrefix("http://127.0.0.1:9/a.hdf5: cannot be reached: Failed to connect"))
        #expect(isNothingLeft)
    }

    @Test func aFileThatIsThereIsNeverTouched() throws {
        try SystemFiles().makeDirectories(folder.path + "/new")
        try overwrite(path, [1, 2, 3])
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: nil, to: request) }
        #expect(try error({ try download(server).run() }) == .exists(path: path))
        #expect(try read(path) == [1, 2, 3])
        #expect(server.requests.isEmpty)
    }

    @Test func twoDownloadsOfOneFileExcludeEachOther() throws {
        try leave([], tag: "")
        let other = open(part, O_RDWR)
        defer { close(other) }
        #expect(flock(other, LOCK_EX) == 0)
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: nil, to: request) }
        #expect(try error({ try download(server).run() }) == .inUse(path: part))
    }

    @Test func aMissingProgramIsNamed() throws {
        let download = Download(
            hdf5: "http://127.0.0.1:9/a.hdf5", to: path, operations: SystemFiles(), program: "no-such-curl")
        #expect(try error({ try download.run() }).kind == .missingInput)
        #expect(isNothingLeft)
    }

    /// Every call to the file system fails once, as on a full disk from then on.
    @Test func aFullDiskNeverLeavesAPartUnderTheFilesName() throws {
        let server = try LocalServer { request, _ in LocalServer.file(Self.file, tag: "\"v1\"", to: request) }
        var failures = 0
        for call in 1...40 {
            let folder = try TemporaryDirectory()
            let path = folder.path + "/a.hdf5"
            let files = FaultyFiles(.lasting(ENOSPC), at: call)
            do {
                _ = try Download(hdf5: server.address + "/a.hdf5", to: path, operations: files).run()
            } catch {
                failures += 1
                #expect(error is StorageError)
            }
            if fileKind(path) != nil { #expect(try read(path) == Self.file) }
        }
        #expect(failures > 3 && failures < 40)
    }
}
