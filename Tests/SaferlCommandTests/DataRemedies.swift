import TestSupport

extension DataRemedy {
    static let all = columns + layouts + values + storage + ends

    private static let present = [
        "actions", "costs", "next_observations", "observations", "rewards", "terminals", "timeouts",
    ]

    /// The names of a sound file, without some and with others.
    private static func listed(without left: Set<String> = [], with others: [String] = []) -> String {
        (present.filter { !left.contains($0) } + others).sorted().joined(separator: ", ")
    }

    private static func missing(_ column: String, _ meaning: String, _ more: String = "") -> DataRemedy {
        write(
            "no \(column): store them",
            #"no column "\#(column)". Present: \#(listed(without: [column])). Store \#(meaning), one row a transition.\#(more)"#,
            spoil: { $0.columns[column] = nil }, cure: { $0.restore(column) })
    }

    static let columns: [DataRemedy] = [
        missing("observations", "the states"), missing("actions", "the actions"),
        missing("rewards", "the rewards of the steps"),
        missing(
            "costs", "the costs of the steps, 0 where there is none",
            " Of a task without costs: saferl data convert a.hdf5 OUT --cost-free."),
        missing("terminals", "1 where the task itself ended the episode, else 0"),
        write(
            "a name that is nearly right: rename it",
            #"no column "rewards". Present: \#(listed(without: ["rewards"], with: ["rewards_"])). Rename "rewards_", "#
                + "if it is what is meant.",
            spoil: { $0.rename("rewards", "rewards_") }, cure: { $0.rename("rewards_", "rewards") }),
        write(
            "wrong rank: one row a transition",
            #"column "observations" has shape [60, 3, 1], expected [rows] or [rows, values] with at least one value. "#
                + "Store one row a transition, its values one after the other.",
            spoil: { $0.columns["observations"]?.shape = [60, 3, 1] },
            cure: { $0.columns["observations"]?.shape = [60, 3] }),
        write(
            "rewards of several values: one row a transition",
            #"column "rewards" has shape [30, 2], expected [rows] or [rows, 1]. "#
                + "Store one row a transition, its values one after the other.",
            spoil: { $0.columns["rewards"]?.shape = [30, 2] },
            cure: { $0.columns["rewards"]?.shape = [60, 1] }),
        write(
            "unequal lengths: one row a transition",
            #"column "costs" has 59 rows, but "observations" has 60. All columns need one row a transition."#,
            spoil: { $0.columns["costs"] = StoredColumn([59], [Float](repeating: 0, count: 59)) },
            cure: { $0.restore("costs") }),
        write(
            "next observations of another width: the same state",
            #"column "next_observations" has 2 values a row, but "observations" has 3. Both describe the same state."#,
            spoil: {
                $0.columns["next_observations"] = StoredColumn([60, 2], [Float](repeating: 0, count: 120))
            },
            cure: { $0.restore("next_observations") }),
        write(
            "zero rows: collect some",
            "no transitions: the columns have zero rows. Collect some first.",
            spoil: {
                for (name, column) in $0.columns {
                    $0.columns[name] = StoredColumn([0] + column.shape.dropFirst(), column.element, nil)
                }
            }, cure: { $0 = Recording() }),
    ]

    static let layouts: [DataRemedy] = [
        write(
            "cost: rename it",
            #"no column "costs". Present: \#(listed(without: ["costs"], with: ["cost"])). Rename "cost" to "costs", "#
                + "or let it be done: saferl data convert a.hdf5 OUT.",
            spoil: { $0.rename("costs", "cost") }, cure: { $0.rename("cost", "costs") }),
        convert(
            "cost: convert", [],
            #"no column "costs". Present: \#(listed(without: ["costs"], with: ["cost"])). Rename "cost" to "costs", "#
                + "or let it be done: saferl data convert a.hdf5 OUT.",
            spoil: { $0.rename("costs", "cost") }),
        convert(
            "cost among the infos: convert", [],
            #"no column "costs". Present: \#(listed(without: ["costs"], with: ["infos"])). Rename "infos/cost" to "#
                + #""costs", or let it be done: saferl data convert a.hdf5 OUT."#,
            spoil: { $0.rename("costs", "infos/cost") }),
        convert("FISOR's point robot: convert", ["--time-limit", "10"], fisor) { $0.useFISORNames() },
        write(
            "FISOR's point robot: rename and split", fisor, spoil: { $0.useFISORNames() },
            cure: {
                for (standard, name) in [
                    ("observations", "state"), ("next_observations", "next_state"), ("actions", "action"),
                    ("rewards", "reward"), ("costs", "cost"), ("constraint_values", "h"),
                ] { $0.rename(name, standard) }
                $0.split()
            }),
        convert("dones: convert with the limit", ["--time-limit", "10"], dones) { $0.merge() },
        convert("dones of a task without a limit: convert", ["--time-limit", "0"], dones) { $0.merge() },
        write("dones: split", dones, spoil: { $0.merge() }, cure: { $0.split() }),
        DataRemedy(
            name: "dones without the limit: state it", arguments: ["data", "convert", "a.hdf5", "OUT"],
            spoil: { $0.merge() },
            message:
                #""dones" says that an episode ends and not why. State the step limit that cuts episodes, or 0 for "#
                + "a task without one: --time-limit STEPS.",
            cure: .running([
                ["data", "convert", "a.hdf5", "OUT", "--time-limit", "10"], ["data", "validate", "OUT"],
            ])),
        convert(
            "dones beside terminals: convert", [],
            #"no column "timeouts". Present: \#(listed(without: ["timeouts"], with: ["dones"])). Store as "timeouts" "#
                + #"where "dones" is set for that reason, or let it be done: saferl data convert a.hdf5 OUT."#,
            spoil: {
                let terminals = $0.columns["terminals"]
                $0.merge()
                $0.columns["terminals"] = terminals
            }),
        convert(
            "dones beside time-outs: convert", [],
            #"no column "terminals". Present: \#(listed(without: ["terminals"], with: ["dones"])). Store as "terminals" "#
                + #"where "dones" is set for that reason, or let it be done: saferl data convert a.hdf5 OUT."#,
            spoil: {
                let timeouts = $0.columns["timeouts"]
                $0.merge()
                $0.columns["timeouts"] = timeouts
            }),
        convert(
            "truncations beside terminals: convert", [],
            #"no column "timeouts". Present: \#(listed(without: ["timeouts"], with: ["truncations"])). "#
                + #"Rename "truncations" to "timeouts", or let it be done: saferl data convert a.hdf5 OUT."#,
            spoil: { $0.rename("timeouts", "truncations") }),
        write(
            "cost, and no rewards: rename one, store the other",
            #"no column "rewards". Present: \#(listed(without: ["costs", "rewards"], with: ["cost"])). "#
                + "Store the rewards of the steps, one row a transition.",
            spoil: {
                $0.rename("costs", "cost")
                $0.columns["rewards"] = nil
            },
            cure: {
                $0.restore("rewards")
                $0.rename("cost", "costs")
            }),
        convert(
            "one group an episode: convert", [],
            #"no column "observations". Present: episode_0, episode_1, episode_2, episode_3, episode_4, episode_5. "#
                + "One group an episode, as Minari writes them; make one file of the DSRL layout: "
                + "saferl data convert a.hdf5 OUT.",
            spoil: { $0.group() }),
        episode(
            "an episode that is not there: leave it out",
            "the file states 6 episodes, and episode_3 is not there. Leave that episode out, or get a fresh copy of the file.",
            spoil: {
                for name in $0.columns.keys where name.hasPrefix("episode_3/") {
                    $0.columns["gone" + name.dropFirst(9)] = $0.columns.removeValue(forKey: name)
                }
            }, cure: { $0.attributes["total_episodes"] = 3 }),
        episode(
            "an episode with an observation too few: leave it out",
            #"column "observations": episode_5 has 10 rows of it, and 11 are expected: one for each action, and the last. "#
                + "Leave that episode out, or get a fresh copy of the file.",
            spoil: {
                $0.columns["episode_5/observations"] = StoredColumn(
                    [10, 3], [Float](repeating: 0, count: 30))
            },
            cure: {
                for name in $0.columns.keys where name.hasPrefix("episode_5/") { $0.columns[name] = nil }
                $0.attributes["total_episodes"] = 5
            }),
        episode(
            "an episode of other sizes: leave it out",
            "episodes have observations or actions of several sizes. Leave that episode out, or get a fresh copy of the file.",
            spoil: {
                $0.columns["episode_5/observations"] = StoredColumn(
                    [11, 2], [Float](repeating: 0, count: 22))
            },
            cure: {
                for name in $0.columns.keys where name.hasPrefix("episode_5/") { $0.columns[name] = nil }
                $0.attributes["total_episodes"] = 5
            }),
    ]

    private static let fisor =
        #"no column "observations". Present: action, cost, done, h, next_state, reward, state. Rename "state" to "#
        + #""observations", rename "next_state" to "next_observations", rename "action" to "actions", rename "reward" to "#
        + #""rewards", rename "cost" to "costs", rename "h" to "constraint_values", split "done" into "terminals" and "#
        + #""timeouts", or let it be done: saferl data convert a.hdf5 OUT --time-limit STEPS."#
    private static let dones =
        #"no column "terminals". Present: actions, costs, dones, next_observations, observations, rewards. "#
        + #"Split "dones" into "terminals" and "timeouts", or let it be done: "#
        + "saferl data convert a.hdf5 OUT --time-limit STEPS."

    /// A file of groups that cannot be converted, and one that can.
    private static func episode(
        _ name: String, _ message: String, spoil: @escaping @Sendable (inout Recording) -> Void,
        cure: @escaping @Sendable (inout Recording) -> Void
    ) -> DataRemedy {
        DataRemedy(
            name: name, arguments: ["data", "convert", "a.hdf5", "OUT"],
            spoil: {
                $0.group()
                spoil(&$0)
            }, message: message, cure: .writing(cure))
    }
}
