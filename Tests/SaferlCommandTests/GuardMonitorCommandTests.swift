import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl guard label`, `train-monitor`, `calibrate` and `why`, one after the other.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct GuardMonitorCommandTests {
    private static let configuration = """
        {"algorithm": "bc", "environment": "point-robot",
         "data": {"collect": {"episodes": 150, "behaviour": "standard", "seed": 1}},
         "schedule": {"steps": 20, "log": 10, "checkpoint": 20}, "evaluation": {"episodes": 1},
         "bc": {"widths": [8], "rows": 32}}
        """

    @Test func aRunIsLabelledWatchedAndRouted() throws {
        let folder = try CommandFolder(["my.json": Array(Self.configuration.utf8)])
        let trained = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect(trained.status == 0, "\(trained.errors)")
        let label = ["guard", "label", "run", "--recovery", "evade", "--rollouts", "2", "--horizon", "20"]
        let first = try folder.run(label + ["--episodes", "24", "--out", "L.jsonl"])
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.hasPrefix("L.jsonl: 24 episodes, "))
        #expect(first.output.contains("counts and exact rule disagree at "))
        let labels = try folder.contents()["L.jsonl"]
        let again = try folder.run(label + ["--episodes", "24", "--out", "L.jsonl", "--force"])
        let relabelled = try folder.contents()["L.jsonl"]
        #expect(again.status == 0 && relabelled == labels)

        let learned = try folder.run([
            "guard", "train-monitor", "L.jsonl", "--out", "M", "--epochs", "3", "--test", "L.jsonl",
        ])
        #expect(learned.status == 0, "\(learned.errors)")
        #expect(learned.output.contains("strict, confirm 1: 24 episodes"))

        let calibrated = try folder.run([
            "guard", "calibrate", "run", "--monitor", "M", "--episodes", "60", "--horizon", "30", "--alpha",
            "0.1,0.3,0.6", "--out", "router.json",
        ])
        #expect(calibrated.status == 0, "\(calibrated.errors)")
        #expect(calibrated.output.contains("handed over"))
        let files = try folder.contents()
        #expect(files["router.store"] != nil)
        let router = try JSONValue(parsing: files["router.json"] ?? [])
        #expect(
            router["thresholds"]?["alphas"]?.elements?.count == 3 && router["episodes"]?.number?.int == 60)
        let unscored = try folder.run(["guard", "calibrate", "run", "--out", "other.json"])
        #expect(unscored.status == CommandStatus.usage.rawValue)
        #expect(unscored.errors.contains("has no feasibility value to score by"))
        try watch(in: folder)
        try route(in: folder)
        try answer(in: folder)
        try refuse(in: folder)
    }

    private let evaluate = ["evaluate", "run", "--episodes", "10", "--environment", "point-robot"]
    private let handover = ["--on-alarm", "fallback:20", "--fallback", "evade"]

    /// The monitor as a watched rule, which changes something only where it hands over.
    private func watch(in folder: CommandFolder) throws {
        let alone = try JSONValue(parsing: Array(try folder.run(evaluate + ["--json"]).output.utf8))
        let watched = try folder.run(
            evaluate + ["--monitor", "M", "--mode", "loose", "--confirm", "2", "--json", "--out", "watched"])
        #expect(watched.status == 0, "\(watched.errors)")
        let json = try JSONValue(parsing: Array(watched.output.utf8))
        #expect(json["return_mean"] == alone["return_mean"] && json["unguarded"] == nil)
        #expect(json["return_interval"] == alone["return_interval"])
        let monitor = try #require(json["shield"]?["monitor"])
        #expect(monitor["reference"]?.string == "onset")
        #expect(monitor["measures"]?["episodes"]?.number?.int == 10)
        let digest = try folder.contents()["M"].map { SHA256.hexadecimal(of: $0) }
        #expect(digest != nil && monitor["settings"]?["monitor"]?.string == digest)
        #expect(monitor["settings"]?["monitor mode"]?.string == "loose")
        let figures = try JSONValue(parsing: try folder.contents()["watched/guard.json"] ?? [])
        #expect(figures["monitored_episodes"]?.elements?.count == 10)

        let both = try folder.run(evaluate + ["--monitor", "M", "--json"] + handover)
        #expect(both.status == 0, "\(both.errors)")
        let pair = try JSONValue(parsing: Array(both.output.utf8))
        #expect(pair["unguarded"]?["return_mean"] == alone["return_mean"])
        #expect(pair["unguarded"]?["shield"]?["monitor"]?["measures"]?["episodes"]?.number?.int == 10)
        let text = try folder.run(
            evaluate + ["--monitor", "M", "--guard", "point-robot.rules", "--react", "fallback,stop"]
                + handover)
        #expect(text.status == 0 && text.output.contains("False alarms"), "\(text.errors)")
        let back = try folder.run(evaluate + ["--monitor", "M", "--react", "roll-back:5,stop", "--json"])
        let undone = try JSONValue(parsing: Array(back.output.utf8))["shield"]?["roll_backs"]?.number?.int
        #expect(back.status == 0 && undone != nil, "\(back.errors)")
    }

    /// The router: what it decides is in the log and in the report, and the certificate names it.
    private func route(in folder: CommandFolder) throws {
        let words = ["--monitor", "M", "--router", "router.json", "--fallback", "evade"]
        let routed = try folder.run(evaluate + words + ["--out", "routed"])
        #expect(routed.status == 0, "\(routed.errors)")
        #expect(routed.output.contains("Router, as proposed, one random step of each episode"))
        #expect(routed.output.contains("Handed over") && routed.output.contains("Router, as handled"))
        let lines = String(decoding: try folder.contents()["routed/guard.jsonl"] ?? [], as: UTF8.self)
        let decided = try #require(lines.split(separator: "\n").first { $0.contains("\"router\":{") })
        let line = try JSONValue(parsing: Array(decided.utf8))
        let place = [line["episode"], line["step"]].map { $0?.number?.text ?? "" }
        let why = try folder.run([
            "guard", "why", "routed/guard.jsonl", "--episode", place[0], "--step", place[1],
        ])
        #expect(why.status == 0 && why.output.contains("  router    "), "\(why.errors)")
        #expect(why.output.contains("  grounded  "))
        let certified = try folder.run(
            [
                "certify", "run", "--episodes", "10", "--limit", "1", "--delta", "0.05", "--violations",
                "--json", "--environment", "point-robot",
            ] + words)
        let digest = SHA256.hexadecimal(of: try folder.contents()["router.json"] ?? [])
        #expect(certified.output.contains(digest) && certified.output.contains("\"router store\""))
    }

    /// A person is asked in `saferl run`; nobody is a no.
    private func answer(in folder: CommandFolder) throws {
        // Whatever the score, somebody is asked.
        let text = String(decoding: try folder.contents()["router.json"] ?? [], as: UTF8.self)
        let cut = try #require(text.range(of: #""values" : \[[^\]]*\]"#, options: .regularExpression))
        try text.replacingCharacters(in: cut, with: #""values" : [null, null, "inf"]"#)
            .write(toFile: folder.path("asking.json"), atomically: true, encoding: .utf8)
        let store = try Data(contentsOf: URL(fileURLWithPath: folder.path("router.store")))
        try store.write(to: URL(fileURLWithPath: folder.path("asking.store")))
        let words = [
            "run", "run", "--environment", "point-robot", "--monitor", "M", "--router", "asking.json",
            "--fallback", "brake", "--episodes", "1", "--rate", "0", "--no-latch", "--quiet",
        ]
        let alone = try folder.run(words + ["--out", "alone"])
        #expect(alone.status == 0 && alone.errors.contains("nobody said yes"), "\(alone.errors)")
        let refused = String(decoding: try folder.contents()["alone/guard.jsonl"] ?? [], as: UTF8.self)
        #expect(refused.contains("\"answer\":\"no\"") && !refused.contains("\"answer\":\"yes\""))
        let granted = try folder.run(
            words + ["--out", "granted"],
            shell: "F=$(mktemp -u); mkfifo $F; (while sleep 0.1; do echo yes; done) > $F & exec < $F; rm $F")
        #expect(granted.status == 0 && granted.errors.contains("may the policy act?"), "\(granted.errors)")
        let lines = String(decoding: try folder.contents()["granted/guard.jsonl"] ?? [], as: UTF8.self)
        #expect(lines.contains("\"answer\":\"yes\"") && lines.contains("\"outcome\":\"allowed\""))
    }

    /// What is not whole, or of another policy, is refused in one line before anything runs.
    private func refuse(in folder: CommandFolder) throws {
        let files = FileManager.default
        func expect(_ words: [String], _ status: CommandStatus, _ message: String) throws {
            for command in [evaluate, ["run", "run", "--environment", "point-robot", "--rate", "0"]] {
                let result = try folder.run(command + words)
                #expect(result.status == status.rawValue, "\(words): \(result.errors)")
                #expect(result.errors.contains(message) && result.output == "", "\(result.errors)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }
        try expect(["--monitor", "none"], .missingInput, "none: ")
        try expect(["--monitor", "L.jsonl"], .badData, "L.jsonl: ")
        try expect(["--router", "router.json"], .badData, "its scores are a step monitor's. Name it with")
        try files.copyItem(atPath: folder.path("router.json"), toPath: folder.path("storeless.json"))
        try expect(["--monitor", "M", "--router", "storeless.json"], .missingInput, "storeless.store: ")
        let again = try folder.run(["train", "my.json", "--run", "other", "--set", "seed=7", "--quiet"])
        #expect(again.status == 0, "\(again.errors)")
        let other = try folder.run(
            [
                "evaluate", "other", "--environment", "point-robot", "--monitor", "M", "--router",
                "router.json",
            ])
        #expect(other.status == CommandStatus.configuration.rawValue)
        #expect(other.errors.contains("was calibrated for another policy"), "\(other.errors)")
        let mass = try folder.run([
            "train", "my.json", "--run", "mass", "--set", "environment=point-mass", "--set",
            "data.collect.behaviour=guided", "--quiet",
        ])
        #expect(mass.status == 0, "\(mass.errors)")
        let size = try folder.run(["evaluate", "mass", "--environment", "point-mass", "--monitor", "M"])
        #expect(size.status == CommandStatus.configuration.rawValue)
        #expect(size.errors.contains("M: made for 13 numbers"), "\(size.errors)")
        let certified = try folder.run([
            "certify", "run", "--episodes", "10", "--limit", "1", "--delta", "0.05", "--monitor", "M",
            "--react",
            "roll-back:5",
        ])
        #expect(certified.status == CommandStatus.usage.rawValue)
        #expect(certified.errors.contains("undoes steps, which a certificate is not about"))
    }

    private static let log = """
        {"guard": 1, "rules": "sha256:0"}
        {"episode": 3, "step": 41, "outcome": "projected", "broken": [{"rule": "boost", "margin": -1, "terms": {"count": 4}}], \
        "proposed": [0.93, 0.1], "executed": [0.8, 0.1], "distance": 0.065}
        {"episode": 4, "step": 41, "outcome": "fallback", "alarms": ["monitor"], "answer": "no", "router": {"class": "ask", "score": 0.13, "thresholds": [null, 0.1, "inf"], \
        "grounded": false, "limit": 0.4, "rows": [{"file": "a.hdf5", "row": 12, "distance": 0.5, "steps_to_violation": 3}]}}

        """

    @Test func aDecisionIsShownWithWhatItRestsOn() throws {
        let folder = try CommandFolder(["guard.jsonl": Array(Self.log.utf8)])
        let both = try folder.run(["guard", "why", "guard.jsonl", "--step", "41"])
        #expect(
            both.output == """
                episode 3, step 41: projected
                  proposed  0.93, 0.1
                  executed  0.8, 0.1
                  distance  0.065
                  breaks    boost, margin -1: count = 4
                episode 4, step 41: fallback
                  alarms    monitor
                  answer    no
                  router    ask: score 0.13; act never, tighten below 0.1, ask below inf
                  grounded  no, farther than 0.4
                    a.hdf5 row 12, distance 0.5: violated after 3 steps

                """)
        let one = try folder.run(["guard", "why", "guard.jsonl", "--step", "41", "--episode", "4"])
        #expect(one.output.hasPrefix("episode 4, step 41: fallback\n"))
    }
}
