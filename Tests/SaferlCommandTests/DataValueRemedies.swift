import TestSupport

extension DataRemedy {
    private static let scale =
        "Store actions scaled to these bounds, or clip them where the simulator does: data.actions=clip, "
        + "saferl data info --actions clip."
    private static let tooLarge =
        "is beyond single precision (float32), which training uses. Store it in another unit."
    private static let training = [
        [
            "train", "bc.json", "--set", "data.file=a.hdf5", "--set", "data.actions=clip", "--run", "run",
            "--quiet",
        ]
    ]

    private static func degrees(_ recording: inout Recording) {
        recording.columns["actions"] = StoredColumn([60, 1], (0..<60).map { Float($0 % 7) * 10 - 30 })
    }

    private static func bounds(_ name: String, _ cure: Cure) -> DataRemedy {
        DataRemedy(
            name: name, spoil: degrees,
            message: #"column "actions", row 0, component 0: -30.0 is outside [-1, 1]. "# + scale, cure: cure)
    }

    static let values: [DataRemedy] = [
        bounds(
            "actions in degrees: scale them",
            .writing { $0.columns["actions"] = StoredColumn([60, 1], $0.floats("actions").map { $0 / 30 }) }),
        bounds(
            "actions in degrees: clip them",
            .running([
                ["data", "info", "a.hdf5", "--actions", "clip"],
                ["data", "validate", "a.hdf5", "--actions", "clip"],
            ])),
        bounds("actions in degrees: clip them for a run", .running(training)),
        bounds(
            "actions in degrees: clip them into another file",
            .running([
                ["data", "convert", "a.hdf5", "OUT", "--actions", "clip"], ["data", "validate", "OUT"],
            ])),
        write(
            "NaN: repair the value",
            #"column "observations", row 10, component 1: not a finite number. Remove the episode or repair the value."#,
            spoil: { $0.set("observations", 31, .nan) }, cure: { $0.set("observations", 31, 0) }),
        write(
            "infinite reward: remove the episode",
            #"column "rewards", row 57: not a finite number. Remove the episode or repair the value."#,
            spoil: { $0.set("rewards", 57, .infinity) },
            cure: {
                for (name, column) in $0.columns {
                    let width = (column.bytes?.count ?? 0) / 60
                    $0.columns[name]?.shape[0] = 50
                    $0.columns[name]?.bytes = Array(column.bytes?.prefix(50 * width) ?? [])
                }
            }),
        write(
            "negative cost: a signed constraint is a constraint value",
            #"column "costs", row 8: -1.0 is negative. A cost counts harm, at least 0; signed constraints belong in "#
                + #""constraint_values"."#,
            spoil: { $0.set("costs", 8, -1) },
            cure: {
                $0.rename("costs", "constraint_values")
                $0.columns["costs"] = StoredColumn(
                    [60], $0.floats("constraint_values").map { $0 > 0 ? 1 : 0 })
            }),
        write(
            "channels that do not add up: store their sum",
            #"column "costs", row 3: 0.0, but the cost channels sum up to 0.5. Store their sum, or name data sets that "#
                + #"are no costs without "cost_"."#,
            spoil: { $0.columns["cost_a"] = StoredColumn([60], (0..<60).map { $0 == 3 ? 0.5 : 0 }) },
            cure: { $0.columns["costs"] = $0.columns["cost_a"] }),
        write(
            "no channel at all: name it without cost_",
            #"column "costs", row 3: 0.0, but the cost channels sum up to 0.5. Store their sum, or name data sets that "#
                + #"are no costs without "cost_"."#,
            spoil: { $0.columns["cost_a"] = StoredColumn([60], (0..<60).map { $0 == 3 ? 0.5 : 0 }) },
            cure: { $0.rename("cost_a", "price_a") }),
        write(
            "a name that no channel can have: rename it",
            #"data set "cost_B": after "cost_" stand 1 to 24 of a-z, 0-9, - and _. Rename it, without "cost_" if it is "#
                + "no cost.",
            spoil: { $0.columns["cost_B"] = $0.columns["costs"] }, cure: { $0.rename("cost_B", "cost_b") }),
        write(
            "more channels than there can be: rename it",
            #"data set "cost_q": a file has at most 16 cost channels. Rename it, without "cost_" if it is no cost."#,
            spoil: { recording in
                let none = StoredColumn([60], [Float](repeating: 0, count: 60))
                for letter in "bcdefghijklmnopq" { recording.columns["cost_\(letter)"] = none }
                recording.columns["cost_a"] = recording.columns["costs"]
            }, cure: { $0.rename("cost_q", "price_q") }),
        write(
            "flag that is none: store 1",
            #"column "terminals", row 9: the flag is 2.0, expected 0 or 1. Store 1 where the episode ends."#,
            spoil: {
                $0.columns["terminals"]?.element = .uint8
                $0.set("terminals", 9, flag: 2)
            }, cure: { $0.set("terminals", 9, flag: 1) }),
        write(
            "flag of a bit field that is none: store 1",
            #"column "timeouts", row 19: the flag is 255.0, expected 0 or 1. Store 1 where the episode ends."#,
            spoil: {
                $0.columns["timeouts"]?.element = .bits
                $0.set("timeouts", 19, flag: 255)
            }, cure: { $0.set("timeouts", 19, flag: 1) }),
        write(
            "too large for single precision: another unit",
            #"column "observations", row 10, component 1: 1e+39 "# + tooLarge,
            spoil: {
                var values = $0.floats("observations").map(Double.init)
                values[31] = 1e39
                $0.columns["observations"] = StoredColumn([60, 3], doubles: values)
            },
            cure: {
                var values = $0.floats("observations").map(Double.init)
                values[31] = 1
                $0.columns["observations"] = StoredColumn([60, 3], doubles: values)
            }),
        write(
            "a cost too small for single precision: another unit",
            #"column "costs", row 6: 1e-50 "# + tooLarge,
            spoil: {
                $0.columns["costs"] = StoredColumn([60], doubles: (0..<60).map { $0 % 20 == 6 ? 1e-50 : 0 })
            },
            cure: { $0.columns["costs"] = StoredColumn([60], doubles: (0..<60).map { $0 % 20 == 6 ? 1 : 0 }) }
        ),
    ]

    static let ends: [DataRemedy] = [
        DataRemedy(
            name: "no end: mark by the limit",
            spoil: { $0.clearEnds() }, message: noEnd,
            cure: .running([
                ["data", "convert", "a.hdf5", "OUT", "--time-limit", "10"], ["data", "validate", "OUT"],
            ])),
        write(
            "no end: set time-outs", noEnd, spoil: { $0.clearEnds() }, cure: { $0.restore("timeouts") }),
        write(
            "no end: set terminals", noEnd, spoil: { $0.clearEnds() }, cure: { $0.restore("terminals") }),
        DataRemedy(
            name: "no end and no time-outs: mark by the limit",
            spoil: {
                $0.clearEnds()
                $0.columns["timeouts"] = nil
            }, message: noEnd,
            cure: .running([
                ["data", "convert", "a.hdf5", "OUT", "--time-limit", "10"], ["data", "validate", "OUT"],
            ])),
        DataRemedy(
            name: "a file to write that exists: replace it",
            arguments: ["data", "convert", "a.hdf5", "a.hdf5"],
            spoil: { _ in },
            message:
                "cannot be written (it exists; --force replaces it). Choose another place or free some space.",
            status: 73,
            cure: .running([
                ["data", "convert", "a.hdf5", "a.hdf5", "--force"], ["data", "validate", "a.hdf5"],
            ])),
    ]

    private static let noEnd =
        #"no terminal: no row has "terminals" or "timeouts" set, so no episode ends. Set "terminals" where the task ended "#
        + #"an episode and "timeouts" where a step limit did, or mark by that limit: saferl data convert a.hdf5 OUT "#
        + "--time-limit STEPS."
}

extension Recording {
    /// No row ends an episode.
    mutating func clearEnds() {
        for name in ["terminals", "timeouts"] {
            columns[name] = StoredColumn(flags: .init(repeating: 0, count: 60))
        }
    }
}
