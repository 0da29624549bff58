import Foundation
import Glibc
import SaferlCommand
import Testing

// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct WatchCommandTests {
    private static let evaluation = """
        {"step":20,"stage":"evaluation","return_mean":1.5,"cost_mean":7}

        """

    @Test func onceSaysWhereARunStands() throws {
        let folder = try CommandFolder(TinyRun.files([:]))
        let result = try folder.run(["watch", "run", "--once"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.first == "run: fisor, finished")
        #expect(lines.dropFirst().first == "joint 20 of 20 (100 %)", "\(lines)")
        #expect(lines.contains { $0.hasPrefix("  policy_loss") }, "\(lines)")
        #expect(lines.last?.hasPrefix("Disk  ") == true && !result.output.contains("ALARM"))
    }

    @Test func aCostAboveItsLimitAndANumberThatIsNoneAreAlarms() throws {
        let metrics = TinyRun.files["run/metrics.jsonl"] ?? []
        let line = "{\"step\":20,\"stage\":\"policy\",\"policy_loss\":null}\n"
        let configuration = TinyRun.replacing(
            "\"costLimit\": -1", with: "\"costLimit\": 5", in: "run/config.resolved.json")
        let folder = try CommandFolder(
            TinyRun.files([
                "run/metrics.jsonl": metrics + Array(line.utf8) + Array(Self.evaluation.utf8),
                "run/config.resolved.json": configuration,
            ]))
        let text = try folder.run(["watch", "run", "--once"]).output
        #expect(text.contains("Evaluation after 20: return_mean 1.5, cost_mean 7 of 5\n"), "\(text)")
        #expect(text.contains("ALARM  policy: policy_loss is not finite since update 20\n"), "\(text)")
        #expect(text.contains("ALARM  cost_mean 7 is above its limit, 5\n"), "\(text)")
    }

    /// A run is followed until no process has it; a file that was cut is read anew.
    @Test func aRunIsFollowedToItsEnd() throws {
        let metrics = String(decoding: TinyRun.files["run/metrics.jsonl"] ?? [], as: UTF8.self)
            .split(separator: "\n").map { $0 + "\n" }
        let folder = try CommandFolder(
            TinyRun.files(["run/metrics.jsonl": Array(metrics[0].utf8), "run/.lock": []]))
        let lock = open(folder.path("run/.lock"), O_RDWR)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        var looks = 0
        let result = try folder.run(["watch", "run"]) { _ in
            looks += 1
            switch looks {
            case 400: try? Data((metrics[0] + metrics[1]).utf8).write(to: folder.file("run/metrics.jsonl"))
            case 800: try? Data(metrics[2].utf8).write(to: folder.file("run/metrics.jsonl"))
            case 1200: flock(lock, LOCK_UN)
            default: break
            }
            return looks < 1200
        }
        close(lock)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let steps = result.output.split(separator: "\n").filter { $0.contains(" of 20 (") }
        #expect(steps.count >= 3, "\(steps)")
        #expect(result.output.contains("run: fisor, training\n"))
        #expect(result.output.contains("run: fisor, finished\n"))
    }

    @Test func aSignalEndsTheWatchAndNotTheRun() throws {
        let folder = try CommandFolder(TinyRun.files(["run/.lock": []]))
        let lock = open(folder.path("run/.lock"), O_RDWR)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        var looks = 0
        let result = try folder.run(["watch", "run"]) { process in
            looks += 1
            if looks == 300 { kill(process.processIdentifier, SIGINT) }
            return looks < 300
        }
        close(lock)
        #expect(result.status == CommandStatus.interrupted.rawValue)
    }
}

extension CommandFolder {
    fileprivate func file(_ relative: String) -> URL { URL(fileURLWithPath: path(relative)) }
}
