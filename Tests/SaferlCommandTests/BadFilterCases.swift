import SaferlCommand

// Filters, splits and merges of data that cannot be.
extension BadInput {
    private static let good = HDF5Columns()
    private static let filter = ["data", "filter", "a.hdf5", "--out", "b.hdf5"]
    private static let help = #" See "saferl data filter --help"."#

    private static func of(
        _ name: String, _ arguments: [String], _ message: String, _ status: CommandStatus = .badData,
        _ files: [String: HDF5Columns] = ["a.hdf5": good]
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: files.mapValues { $0.bytes }, message: message,
            status: status.rawValue)
    }

    static let filters: [BadInput] = [
        usage(
            "no filter", filter,
            "no filter. Give --density, --density-grid, --outliers, --inpaint, --epsilon or --noise." + help),
        usage(
            "two densities", filter + ["--density", "0.5", "--density-grid", "1,1,1,1"],
            "--density and --density-grid: give one of them." + help),
        usage(
            "a grid of three numbers", filter + ["--density-grid", "1,1,1"],
            #"The value '1,1,1' is invalid for '--density-grid <c,r,most,least>': "1,1,1" is no grid. Give four whole numbers, such as 10,50,5,2, the first three at least 1."#
                + help),
        usage(
            "a grid without cells", filter + ["--density-grid", "0,1,1,1"],
            #"The value '0,1,1,1' is invalid for '--density-grid <c,r,most,least>': "0,1,1,1" is no grid. Give four whole numbers, such as 10,50,5,2, the first three at least 1."#
                + help),
        usage(
            "a region the wrong way round", filter + ["--inpaint", "0.5,0.4,0,1"],
            #"The value '0.5,0.4,0,1' is invalid for '--inpaint <from,to,from,to>': "0.5,0.4,0,1" is no region. Give four shares from 0 to 1, such as 0.25,0.75,0,0.5, each "from" at most "#
                + #"its "to"."# + help),
        usage(
            "a region beyond the ranges", filter + ["--inpaint", "0,1,0,1.5"],
            #"The value '0,1,0,1.5' is invalid for '--inpaint <from,to,from,to>': "0,1,0,1.5" is no region. Give four shares from 0 to 1, such as 0.25,0.75,0,0.5, each "from" at most "#
                + #"its "to"."# + help),
        usage(
            "more outliers than episodes", filter + ["--outliers", "1.5", "--cost-limit", "2"],
            "--outliers 1.5: must be above 0, at most 1." + help),
        usage(
            "no noise", filter + ["--noise", "0"], "--noise 0.0: must be above 0." + help),
        usage(
            "an epsilon of 0", filter + ["--epsilon", "0", "--cost-limit", "1"],
            "--epsilon 0.0: must be a number other than 0." + help),
        usage(
            "outliers without a limit", filter + ["--outliers", "0.5"],
            "--outliers and --epsilon need --cost-limit." + help),
        usage(
            "a limit that nothing asks for", filter + ["--noise", "1", "--cost-limit", "3"],
            "--cost-limit: without effect but for --outliers and --epsilon." + help),
        usage(
            "outliers that cost less than one step", filter + ["--outliers", "0.5", "--cost-limit", "0.5"],
            "--cost-limit 0.5: must be at least 1 for --outliers, which cost less than it in whole steps."
                + help),
        usage(
            "a negative limit of a filter", filter + ["--epsilon", "1", "--cost-limit=-1"],
            "--cost-limit -1.0: must be at least 0, at most 1e9." + help),
        of(
            "a density of no known task", filter + ["--density", "0.5"],
            "a.hdf5: density 0.5: the name of the file tells no task that has one. Name the task with --task, or give "
                + "the grid itself, such as --density-grid 10,50,5,2.", .usage),
        of(
            "a task of other sizes", filter + ["--density", "0.5", "--task", "BallRun"],
            "a.hdf5: observation and action have 3 + 1 values, those of OfflineBallRun-v0 7 + 2. "
                + "Name the task that the data are of, or none."),
        of(
            "a task that there is not", filter + ["--density", "0.5", "--task", "BalRun"],
            #"BalRun: no DSRL task. Did you mean "BallRun"?"#, .usage),
        of(
            "a filter that leaves nothing", filter + ["--density-grid", "1,1,9,9"],
            "a.hdf5: the density filter leaves no episode. "
                + "Filter less, or name the file's task, whose constants it refers to."),
        of(
            "an epsilon for nobody", filter + ["--epsilon=-1", "--cost-limit", "5"],
            "a.hdf5: no episode costs more than 5.0. Choose another cost limit."),
        usage(
            "a split into nothing", ["data", "split", "a.hdf5", "--cost-limit", "1"],
            #"Give --safe, --unsafe or both. See "saferl data split --help"."#),
        usage(
            "a split into one file",
            ["data", "split", "a.hdf5", "--cost-limit", "1", "--safe", "b", "--unsafe", "b"],
            #"--safe and --unsafe: one file cannot be both. See "saferl data split --help"."#),
        of(
            "a split without unsafe episodes",
            ["data", "split", "a.hdf5", "--cost-limit", "9", "--safe", "s", "--unsafe", "u"],
            "a.hdf5: no episode costs more than 9.0. Choose another cost limit."),
        usage(
            "a merge of one file", ["data", "merge", "a.hdf5", "--out", "b.hdf5"],
            #"one file: give at least two to be merged. See "saferl data merge --help"."#),
        of(
            "a merge of two kinds", ["data", "merge", "a.hdf5", "c.hdf5", "--out", "b.hdf5"],
            "c.hdf5: values of an observation: 2, but 3 in a.hdf5. Only data of one kind can be merged.",
            .badData,
            [
                "a.hdf5": good,
                "c.hdf5": good.with {
                    $0.observations = Array($0.observations.prefix(120))
                    $0.observationShape = [60, 2]
                },
            ]),
    ]
}
