// Arguments that no command understands.
extension BadInput {
    static let commands: [BadInput] = [
        usage(
            "unknown command", ["trian"],
            #"trian: unknown command. Did you mean "train"? See "saferl --help"."#),
        usage(
            "unknown inner command", ["data", "inof", "a.hdf5"],
            #"inof: unknown command. Did you mean "info"? See "saferl data --help"."#),
        usage(
            "unknown option", ["train", "--quite"],
            #"Unknown option '--quite'. Did you mean '--quiet'? See "saferl train --help"."#),
        usage(
            "missing argument", ["resume"], #"Missing expected argument '<run>'. See "saferl resume --help"."#
        ),
        usage(
            "text for a number on the command line", ["bench", "fisor", "--steps", "x"],
            #"The value 'x' is invalid for '--steps <n>'. See "saferl bench --help"."#),
        usage(
            "number out of range on the command line", ["evaluate", "run", "--episodes", "0"],
            #"--episodes 0: must be at least 1. See "saferl evaluate --help"."#),
        usage(
            "resume without a run", ["train", "--resume"],
            #"--resume needs --run DIR, the run to continue. See "saferl train --help"."#),
        usage(
            "unknown environment on the command line", ["collect", "point-robt", "--out", "a.hdf5"],
            #"point-robt: unknown environment. Did you mean "point-robot"?"#),
        usage(
            "unknown algorithm on the command line", ["bench", "fizor"],
            #"fizor: unknown algorithm. Did you mean "fisor"?"#),
        usage(
            "unknown key to explain", ["config", "explain", "schedule.step"],
            #"schedule.step: unknown key. Did you mean "schedule.steps"?"#),
    ]
}
