import Foundation
import Glibc
import SaferlCommand
import Testing

/// Pipes in the places of files: refused at once, by one line, wherever a file is opened.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct PipeTests {
    /// Where the pipe is, what is called, and what it ends with.
    struct Case: CustomStringConvertible, Sendable {
        let pipe: String
        let command: String
        var status: Int32 = 74
        var reason = "not a regular file"
        var description: String { "\(pipe): \(command)" }
    }

    private static let checkpoint = "run/checkpoints/step-000000020/"
    private static let evaluate = "evaluate run --environment point-mass --episodes 1"

    static let cases = [
        Case(pipe: "a.json", command: "train a.json", status: 66, reason: "a pipe or a device"),
        Case(pipe: "a.json", command: "config show a.json", status: 66, reason: "a pipe or a device"),
        Case(pipe: "a.hdf5", command: "data info a.hdf5", status: 66),
        Case(pipe: "tiny.hdf5", command: "train my.json --run new", status: 66),
        Case(pipe: "run/config.resolved.json", command: evaluate),
        Case(pipe: "run/manifest.json", command: evaluate, status: 66, reason: "holds no run"),
        Case(pipe: checkpoint + "manifest.json", command: evaluate, status: 65),
        Case(pipe: checkpoint + "state.safetensors", command: evaluate, status: 65),
        Case(pipe: "pairs.jsonl", command: "train pairs.json --run new", status: 66),
        Case(pipe: "hub/config.json", command: "bench decoder --checkpoint hub"),
        Case(pipe: "hub/tokenizer.json", command: "train hub.json --run new"),
        Case(pipe: "a.hdf5", command: "collect point-robot --transitions 300 --out a.hdf5", status: 73),
        Case(pipe: "a.gif", command: evaluate + " --video a.gif"),
        Case(pipe: "points", command: "bench guardians --points points --rows 2048"),
    ]

    private func files() -> [String: [UInt8]] {
        let hub =
            #"{"algorithm": "hcrlhf", "data": {"file": "pairs.txt"}, "hcrlhf": {"model": {"directory": "hub"}}}"#
        return TinyRun.files([
            "pairs.json": Array(BadInput.preferences.utf8), "hub.json": Array(hub.utf8),
            "pairs.txt": Array(BadInput.pairs.utf8), "hub/": [],
        ])
    }

    /// The process is ended after a while, so that a pipe that is waited for is a failure and not a hang.
    private func run(_ command: String, in folder: CommandFolder) throws -> CommandProcess.Result {
        try folder.run(
            command.split(separator: " ").map(String.init),
            shell: #"exec timeout 60 "$0" "$@""#)
    }

    @Test(arguments: cases) func aPipeIsRefused(place: Case) throws {
        let folder = try CommandFolder(files())
        let path = folder.path(place.pipe)
        unlink(path)
        #expect(mkfifo(path, 0o600) == 0)
        let result = try run(place.command, in: folder)
        #expect(result.status == place.status, "\(result.errors)")
        #expect(result.errors.contains(place.reason), "\(result.errors)")
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO, "the pipe is gone")
    }
}
