import Foundation
import SafeRL
import SaferlCommand
import TestSupport
import Testing

/// `saferl data fetch` through the whole command line; needs curl.
@Suite(.enabled(if: CommandProcess.binary != nil && LocalServer.isCurlHere)) struct FetchCommandTests {
    private static let name = "SafetyBallRun-v0-80-940.hdf5"
    private static let bytes = HDF5Columns().bytes

    private func server() throws -> LocalServer {
        try LocalServer { request, _ in LocalServer.file(Self.bytes, tag: "\"v1\"", to: request) }
    }

    @Test func aFileIsFetchedCheckedAndRecorded() throws {
        let (folder, server) = (try CommandFolder([:]), try server())
        let result = try folder.run([
            "data", "fetch", "BallRun", "--out", "data/", "--from", server.address + "/",
        ])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        #expect(result.output.hasPrefix("data/\(Self.name): \(Self.bytes.count) bytes.\nSHA-256 "))
        #expect(result.output.contains(": no other is known to compare it with; recorded in "))
        #expect(result.output.hasSuffix("Next: saferl data validate data/\(Self.name)\n"))
        #expect(try folder.paths() == ["data", "data/\(Self.name)", "data/\(Self.name).origin.json"])
        #expect(try folder.contents()["data/\(Self.name)"] == Self.bytes)
        #expect(server.requests.map(\.path) == ["/\(Self.name)"])
        let record = try #require(FetchRecord(beside: folder.path("data/\(Self.name)")))
        #expect(record.address == "\(server.address)/\(Self.name)" && !record.isStated)
        #expect(result.output.contains(record.sha256))
        #expect(try folder.run(["data", "validate", "data/\(Self.name)"]).status == 0)
        let again = try folder.run(["data", "fetch", "BallRun", "--out", "data", "--from", server.address])
        #expect(
            again.errors
                == "data/\(Self.name): there already, and never overwritten. Use it, or remove it first.\n")
        #expect(again.status == CommandStatus.cannotCreate.rawValue)
    }

    @Test func theFolderIsDSRLsOwnUnlessNamed() throws {
        let (folder, server) = (try CommandFolder([:]), try server())
        let result = try folder.run(
            ["data", "fetch", "OfflineBallRun-v0", "--from", server.address],
            shell: "export DSRL_DATASET_DIR=own")
        #expect(result.output.hasPrefix("own/\(Self.name): "), "\(result.errors)")
    }

    @Test func withoutANetworkItIsOneLineAndNothingIsLeft() throws {
        let folder = try CommandFolder([:])
        let result = try folder.run(
            ["data", "fetch", "BallRun", "--out", "data"],
            shell: "export https_proxy=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 no_proxy= NO_PROXY=")
        #expect(
            result.errors.hasPrefix(
                "https://huggingface.co/datasets/YYY-45/DSRL/resolve/main/\(Self.name): cannot be reached: "))
        #expect(result.errors.hasSuffix("name a mirror with --from, or fetch the file by other means.\n"))
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.status == CommandStatus.inputOutput.rawValue)
        #expect(result.output == "" && result.files == [])
    }

    @Test func whatIsNotThereIsOneLine() throws {
        let folder = try CommandFolder([:])
        let server = try LocalServer { _, _ in LocalServer.reply("404 Not Found", ["Content-Length: 0"]) }
        let result = try folder.run(["data", "fetch", "BallRun", "--out", "data", "--from", server.address])
        #expect(
            result.errors
                == "\(server.address)/\(Self.name): the server answers 404 (not there). Name a mirror with "
                + "--from, or fetch the file by other means.\n")
        #expect(result.status == CommandStatus.inputOutput.rawValue)
        #expect(result.files == [])
    }

    /// By a signal that cannot be handled.
    @Test func aCommandThatIsKilledKeepsWhatHasCome() throws {
        let folder = try CommandFolder([:])
        let stalled = try LocalServer(stalls: true) { request, _ in
            LocalServer.file(Self.bytes, tag: "\"v1\"", to: request).dropLast(Self.bytes.count / 2)
        }
        let part = folder.path("data/\(Self.name).part")
        let result = try folder.run(["data", "fetch", "BallRun", "--out", "data", "--from", stalled.address])
        {
            process in
            let length = (try? Data(contentsOf: URL(fileURLWithPath: part)))?.count ?? 0
            guard length >= Self.bytes.count / 2 else { return true }
            kill(process.processIdentifier, SIGKILL)
            // Foundation waits for all that hold the command's descriptors; without this curl waits a minute for more.
            stalled.hangUp()
            return false
        }
        #expect(result.status == SIGKILL)
        let (kept, server) = (Self.bytes.count - Self.bytes.count / 2, try server())
        let next = try folder.run(["data", "fetch", "BallRun", "--out", "data", "--from", server.address])
        #expect(
            next.output.contains("\(Self.bytes.count) bytes, \(kept) of them from an earlier call."),
            "\(next.errors)")
        #expect(try folder.contents()["data/\(Self.name)"] == Self.bytes)
    }
}
