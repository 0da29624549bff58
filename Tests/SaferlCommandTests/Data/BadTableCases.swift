import SaferlCommand

// Tables, arrays and directories that cannot be converted, and places that they cannot be written to.
extension BadInput {
    private static let head = "episode,observation_0,action_0,reward,cost\n"
    private static let row = "1,2,0.5,1,0\n"
    private static let help = #" See "saferl data convert --help"."#

    /// A fault that `data convert` finds in `t.csv`, or another file of that name.
    private static func table(
        _ name: String, _ text: String, _ message: String, file: String = "t.csv", map: String? = nil,
        _ status: CommandStatus = .badData
    ) -> BadInput {
        var files = [file: Array(text.utf8)]
        if let map { files["m.json"] = Array(map.utf8) }
        return BadInput(
            name: name,
            arguments: ["data", "convert", file, "out.hdf5"] + (map == nil ? [] : ["--columns", "m.json"]),
            files: files, message: message, status: status.rawValue)
    }

    private static func mapped(_ name: String, _ map: String, _ message: String) -> BadInput {
        table(name, head + row, "m.json:" + message, map: map, .configuration)
    }

    static let tables: [BadInput] = [
        mapped(
            "a map that names a column that is not there", #"{"reward": "rew"}"#,
            #"1:12: reward: the table has no column "rew"; there are "episode", "observation_0", "action_0", "reward", "cost"."#
        ),
        mapped(
            "a map of channels that are not there", #"{"costs": {"speed": "v"}}"#,
            #"1:11: costs: the table has no column "v"; there are "episode", "observation_0", "action_0", "reward", "cost"."#
        ),
        mapped(
            "a map that names nothing", #"{"observations": []}"#,
            "1:18: observations: a list of names of columns is needed."),
        mapped("a map that is a list", "[]", "1:1: the map is a list, not an object."),
        mapped(
            "a map with a key that there is not", #"{"rewrad": "reward"}"#,
            #"1:2: rewrad: unknown key. Did you mean "reward"?"#),
        mapped(
            "a map that is cut off", #"{"reward": "#,
            "1:12: the file ends where a value should stand"),
        BadInput(
            name: "a map that is not there",
            arguments: ["data", "convert", "t.csv", "out.hdf5", "--columns", "m.json"],
            files: ["t.csv": Array((head + row).utf8)],
            message:
                "m.json: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            status: CommandStatus.missingInput.rawValue),
        table(
            "a ragged row", head + row + "1,2,0.5\n",
            "t.csv:3: 3 cells under a head of 5. Fill the row up, or cut it."),
        table(
            "a ragged list",
            """
            {"episode": 1, "observation": [1, 2], "action": [0], "reward": 1, "cost": 0}
            {"episode": 1, "observation": [1], "action": [0], "reward": 1, "cost": 0}
            """, #"t.jsonl:2, column "observation_1": missing. Every row needs the columns of the first."#,
            file: "t.jsonl"),
        table(
            "a longer list",
            """
            {"episode": 1, "observation": [1], "action": [0], "reward": 1, "cost": 0}
            {"episode": 1, "observation": [1, 2], "action": [0], "reward": 1, "cost": 0}
            """,
            #"t.jsonl:2, column "observation": 2 values, and 1 in the first row. Every row needs as many."#,
            file: "t.jsonl"),
        table(
            "two episodes of one name", head + row + "2,2,0.5,1,0\n" + row,
            #"t.csv:4, column "episode": episode "1" stands there before, and others in between. Sort the rows by episode and step."#
        ),
        table(
            "an episode that goes on behind its end",
            "episode,observation_0,action_0,reward,cost,terminal\n1,2,0,1,0,1\n1,2,0,1,0,0\n",
            #"t.csv:3, column "episode": episode "1" goes on behind its end in row 2. Give the rows an episode of their own."#
        ),
        table(
            "a negative cost in a table", head + row + "1,2,0.5,1,-2\n",
            #"t.csv:3, column "cost": a cost of -2.0. Costs are at least 0."#),
        table(
            "a missing cost in a table", head + "1,2,0.5,1,\n",
            #"t.csv:2, column "cost": empty. Every step needs a number there."#),
        table(
            "a table without costs", "episode,observation_0,action_0,reward\n1,2,0.5,1\n",
            #"t.csv: no column "cost"; there are "episode", "observation_0", "action_0", "reward". Say which one it is with --columns MAP.json."#
        ),
        table(
            "a cost that single precision would lose", head + "1,2,0.5,1,1e-60\n",
            #"t.csv:2, column "cost": "1e-60" is beyond single precision (float32), which training uses. Give it in another unit."#
        ),
        table(
            "a sum that is none",
            "episode,observation_0,action_0,reward,cost,cost_a,cost_b\n1,2,0.5,1,2,1,0.5\n",
            #"t.csv:2, column "cost": 2.0, and the costs of the channels sum up to 1.5. Give their sum, or leave the column out."#
        ),
        table(
            "an action beyond its bounds in a table", head + row + "1,2,4,1,0\n",
            #"t.csv:3, column "action_0": 4.0 is outside [-1, 1]. Say in action_ranges what counts as -1 and 1 (--columns), or clip it with --actions clip."#
        ),
        table(
            "choices that change",
            "episode,observation_0,action_0,reward,cost,choices\n1,2,0,1,0,3\n1,2,0,1,0,4\n",
            #"t.csv:3, column "choices": 4 choices, and 3 in the rows before. All rows need the same."#),
        table("a table that is empty", "", "t.csv: empty. A head of names is needed."),
        table(
            "arrays that are none", "observations",
            "t.npz: no ZIP archive, which NPZ files are, or cut off. Save it again with numpy.savez.",
            file: "t.npz"),
        BadInput(
            name: "a table that is not there", arguments: ["data", "convert", "t.csv", "out.hdf5"],
            message: "t.csv: no such file, or none that can be read.",
            status: CommandStatus.missingInput.rawValue),
    ]

    private static let good = HDF5Columns().bytes

    private static func conversion(
        _ name: String, _ arguments: [String], of files: [String: [UInt8]] = ["a.hdf5": good],
        _ message: String, _ status: CommandStatus = .badData
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["data"] + arguments, files: files, message: message,
            status: status.rawValue)
    }

    static let conversions: [BadInput] = [
        usage(
            "a map for a file of HDF5", ["data", "convert", "a.hdf5", "b.csv", "--columns", "m.json"],
            "--columns is for tables, and a.hdf5 does not end in .csv, .jsonl, .ndjson or .parquet." + help),
        usage(
            "a step limit for a table", ["data", "convert", "a.csv", "b.hdf5", "--time-limit", "9"],
            "--time-limit has no effect on CSV files, whose episodes are marked. Leave it out." + help),
        usage(
            "a table without costs by decree", ["data", "convert", "a.npz", "b.hdf5", "--cost-free"],
            "--cost-free has no effect on NPZ files, which need a column of costs. Leave it out." + help),
        usage(
            "a format that the name gainsays", ["data", "convert", "a.hdf5", "b.hdf5", "--to", "csv"],
            "--to csv: the name b.hdf5 says DSRL's HDF5. Name the file otherwise, or leave --to out." + help),
        usage(
            "a directory by the name of a table", ["data", "convert", "a.hdf5", "b.csv", "--to", "minari"],
            "--to minari: the name b.csv says CSV. Name the file otherwise, or leave --to out." + help),
        usage(
            "a format that there is not", ["data", "convert", "a.hdf5", "b", "--to", "rlds"],
            "The value 'rlds' is invalid for '--to <format>'. Please provide one of the following:   - dsrl   - d4rl   "
                + "- minari   - minari-hdf5   - npz   - csv   - jsonl   - parquet."
                + help),
        usage(
            "a picture of another kind", ["data", "info", "a.hdf5", "--plot", "p.png"],
            #"--plot p.png: must end in .pdf or .svg. See "saferl data info --help"."#),
        conversion(
            "a picture in a folder that is not there", ["info", "a.hdf5", "--plot", "p/p.svg"],
            "p/p.svg: cannot create: No such file or directory. Check the path, or restore the file from a copy.",
            .cannotCreate),
        conversion(
            "a table that is there already", ["convert", "a.hdf5", "b.csv"],
            of: ["a.hdf5": good, "b.csv": [1]],
            "b.csv: cannot be written (it exists; --force replaces it). Choose another place or free some space.",
            .cannotCreate),
        conversion(
            "a directory of somebody else", ["convert", "a.hdf5", "b", "--to", "minari", "--force"],
            of: ["a.hdf5": chained, "b/letter": [1]],
            "b: cannot be written (it holds no data set of Minari that --force could replace). Choose another place or free some space.",
            .cannotCreate),
        conversion(
            "a directory in a folder that is not there", ["convert", "a.hdf5", "c/b", "--to", "minari"],
            of: ["a.hdf5": chained],
            "c/b: cannot be written (No such file or directory). Choose another place or free some space.",
            .cannotCreate),
        conversion(
            "arrays in a folder that is not there", ["convert", "a.hdf5", "c/b.npz"],
            "c/b.npz: cannot be written (No such file or directory). Choose another place or free some space.",
            .cannotCreate),
        conversion(
            "states that Minari cannot keep", ["convert", "a.hdf5", "b.hdf5", "--to", "minari-hdf5"],
            "a.hdf5: row 0: the state reached differs from the one that row 1 acts in, and Minari keeps one observation "
                + "for both. Write another format, such as NPZ."),
        conversion(
            "a directory without metadata", ["convert", "b", "c.hdf5"], of: ["b/data/main_data.hdf5": good],
            "b: a directory without data/metadata.json, which those of Minari have. Name a file."),
        conversion(
            "metadata that are cut off", ["convert", "b", "c.hdf5"],
            of: ["b/data/main_data.hdf5": good, "b/data/metadata.json": Array("{".utf8)],
            "b/data/metadata.json:1:2: the file ends where a key in quotation marks should stand"),
        conversion(
            "another format of Minari", ["convert", "b", "c.hdf5"],
            of: ["b/data/metadata.json": Array(#"{"data_format": "arrow"}"#.utf8)],
            #"b/data/metadata.json: data in the format "arrow", and only "hdf5" is read. Record with data_format="hdf5"."#
        ),
        conversion(
            "metadata without their file", ["convert", "b", "c.hdf5"],
            of: ["b/data/metadata.json": Array("{}".utf8)],
            "b/data/main_data.hdf5: no such file. Check the path, or make the file with `saferl collect`.",
            .missingInput),
    ]

    /// A recording whose next observations are those of the rows behind.
    private static let chained = HDF5Columns().with { $0.left = ["next_observations"] }.bytes
}
