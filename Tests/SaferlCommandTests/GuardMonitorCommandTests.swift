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
    }

    private static let log = """
        {"guard": 1, "rules": "sha256:0"}
        {"episode": 3, "step": 41, "outcome": "projected", "broken": [{"rule": "boost", "margin": -1, "terms": {"count": 4}}], \
        "proposed": [0.93, 0.1], "executed": [0.8, 0.1], "distance": 0.065}
        {"episode": 4, "step": 41, "outcome": "fallback", "router": {"class": "ask", "score": 0.13, "thresholds": [null, 0.1, "inf"], \
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
                  router    ask: score 0.13; act never, tighten below 0.1, ask below inf
                  grounded  no, farther than 0.4
                    a.hdf5 row 12, distance 0.5: violated after 3 steps

                """)
        let one = try folder.run(["guard", "why", "guard.jsonl", "--step", "41", "--episode", "4"])
        #expect(one.output.hasPrefix("episode 4, step 41: fallback\n"))
    }
}
