// Arguments that no command understands.
extension BadInput {
    private static let points = [
        "bench", "guardians", "--points", "a.bin", "--rows", "2048", "--observation", "1", "--action", "1",
    ]
    private static let certify = ["certify", "run", "--delta", "0.05"]
    private static let bound = [
        "bound", "ogsrl", "--samples", "1000", "--alpha", "0.04", "--delta", "0.05", "--beta", "0.05",
        "--discount", "0.9", "--horizon", "20", "--bandwidth", "0.5", "--state-size", "2", "--action-size",
        "1",
    ]

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
            "unknown family of environments", ["env", "check", "bulet:SafetyBallRun-v0"],
            #"bulet: unknown family of environments. Did you mean "bullet"?"#),
        usage(
            "unknown family to list", ["env", "list", "bulet:"],
            #"bulet: unknown family of environments. Did you mean "bullet"?"#),
        usage(
            "a family whose names nobody knows", ["env", "list", "python"],
            "python: nobody lists its names, which stand for a Python class with the Gymnasium interface. "
                + "Name one yourself, such as python:my_module:MyTask."),
        usage(
            "unknown option of an environment's name", ["env", "check", "bullet:X?cots=none"],
            #"bullet:X?cots=none: "cots": unknown option. Did you mean "cost"?"#),
        usage(
            "unknown DSRL task to evaluate in", ["env", "bench", "dsrl:BalRun"],
            #"dsrl:BalRun: no DSRL task. Did you mean "dsrl:BallRun"?"#),
        usage(
            "behaviour that no environment of a family has",
            ["collect", "bullet:X", "--behaviour", "expert", "--out", "a.hdf5"],
            #"expert: unknown behaviour. Known behaviours: random."#),
        usage(
            "unknown behaviour on the command line",
            ["collect", "point-robot", "--behaviour", "randm", "--out", "a.hdf5"],
            #"randm: unknown behaviour. Did you mean "random"?"#),
        usage(
            "no episodes to collect", ["collect", "point-robot", "--episodes", "0", "--out", "a.hdf5"],
            #"--episodes 0: must be at least 1. See "saferl collect --help"."#),
        usage(
            "episodes and transitions to collect",
            ["collect", "point-robot", "--episodes", "3", "--transitions", "9", "--out", "a.hdf5"],
            #"--episodes and --transitions: give one of them. See "saferl collect --help"."#),
        usage(
            "unknown kit", ["env", "setup", "gymnasum"],
            #"gymnasum: unknown kit. Did you mean "gymnasium"?"#),
        usage(
            "unknown suite", ["env", "setup", "gymnasium", "--suite", "bulet"],
            #"bulet: unknown suite. Did you mean "bullet"?"#),
        usage(
            "no slots", ["env", "bench", "point-robot", "--slots", "0"],
            #"--slots 0: must be at least 1. See "saferl env bench --help"."#),
        BadInput(
            name: "a Python to build on that is not there",
            arguments: ["env", "setup", "gymnasium", "--python", "/nowhere/python"],
            message:
                "/nowhere/python: not found. Install Python 3.10 to 3.11 (Debian: apt-get install python3 "
                + "python3-venv).", status: 66),
        usage(
            "unknown task of a protocol", ["evaluate", "run", "--task", "BalRun"],
            #"BalRun: no DSRL task. Did you mean "BallRun"?"#),
        usage(
            "unknown task to certify in",
            certify + ["--episodes", "9", "--limit", "1", "--task", "BalRun"],
            #"BalRun: no DSRL task. Did you mean "BallRun"?"#),
        usage(
            "half an episode", ["evaluate", "run", "--episodes", "1.5"],
            #"The value '1.5' is invalid for '--episodes <n>': "1.5" is no whole number. "#
                + #"See "saferl evaluate --help"."#),
        usage(
            "unknown task to fetch", ["data", "fetch", "Chess"],
            #"Chess: no DSRL task. An example is "OfflineBallRun-v0"."#),
        usage(
            "no address to fetch from", ["data", "fetch", "BallRun", "--from", "ftp://x"],
            #"--from ftp://x: must begin with https:// or http://. See "saferl data fetch --help"."#),
        usage(
            "one fresh episode", certify + ["--limit", "1", "--episodes", "1"],
            #"--episodes 1: must be at least 2. See "saferl certify --help"."#),
        usage(
            "no limit", certify + ["--episodes", "9"],
            #"Missing expected argument '--limit <c>'. See "saferl certify --help"."#),
        usage(
            "limit that is no number", certify + ["--episodes", "9", "--limit", "nan"],
            #"--limit nan: must be a number. See "saferl certify --help"."#),
        usage(
            "delta that is no probability",
            ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "1"],
            #"--delta 1.0: must be between 0 and 1. See "saferl certify --help"."#),
        usage(
            "unknown bound", certify + ["--episodes", "9", "--limit", "1", "--bound", "beting"],
            #"The value 'beting' is invalid for '--bound <name>': unknown bound. Did you mean "betting"? "#
                + #"See "saferl certify --help"."#),
        usage(
            "delta that a bound is not stated for",
            ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "0.6", "--bound", "anderson"],
            #"--delta 0.6: the anderson bound needs at most 0.5. See "saferl certify --help"."#),
        usage(
            "largest cost of nothing", certify + ["--episodes", "9", "--limit", "1", "--max-cost", "0"],
            #"--max-cost 0.0: must be above 0. See "saferl certify --help"."#),
        usage(
            "two largest costs",
            certify + ["--episodes", "9", "--limit", "1", "--max-cost", "1", "--max-step-cost", "1"],
            #"One of --max-cost, --max-step-cost and --violations is enough. See "saferl certify --help"."#),
        usage(
            "no workers to certify with", certify + ["--episodes", "9", "--limit", "1", "--workers", "0"],
            #"--workers 0: must be at least 1. See "saferl certify --help"."#),
        usage(
            "unknown theorems", ["bound", "ogrsl"],
            #"ogrsl: unknown command. Did you mean "ogsrl"? See "saferl bound --help"."#),
        usage(
            "no quantity for the theorems", ["bound", "ogsrl"],
            #"Missing expected argument '--samples <n>'. See "saferl bound ogsrl --help"."#),
        usage(
            "shares in the wrong order", bound + ["--alpha-c", "0.04"],
            #"alpha_c is 0.04: the theorems need it above alpha, at most 1. See "saferl bound ogsrl --help"."#
        ),
        usage(
            "roll-outs of which nobody says how many left", bound + ["--alpha-c", "0.05", "--rollouts", "9"],
            #"--rollouts and --outside go together. See "saferl bound ogsrl --help"."#),
        usage(
            "more roll-outs that left than there were",
            bound + ["--alpha-c", "0.05", "--rollouts", "9", "--outside", "10"],
            #"--outside 10: not between 0 and the 9 roll-outs. See "saferl bound ogsrl --help"."#),
        usage(
            "part of what learned rewards need", bound + ["--alpha-c", "0.05", "--omega", "1"],
            #"--omega, --information-gain and --sigma-max go together. See "saferl bound ogsrl --help"."#),
        usage(
            "mistyped option whose value is taken for a run", ["evaluate", "run", "--episode", "10"],
            #"Unknown option '--episode'. Did you mean '--episodes'? See "saferl evaluate --help"."#),
        usage(
            "mistyped option that another one needs", ["train", "--resume", "--rum", "x"],
            #"Unknown option '--rum'. Did you mean '--run'? See "saferl train --help"."#),
        usage(
            "option like no other", ["evaluate", "run", "--frobnicate=3", "--episodes", "0"],
            #"Unknown option '--frobnicate'. See "saferl evaluate --help"."#),
        usage(
            "option with one dash", ["evaluate", "run", "-episodes", "10"],
            #"Unknown option '-episodes'. Did you mean '--episodes'? See "saferl evaluate --help"."#),
        usage(
            "text that looks like an option as a value of another", ["train", "--resume", "--set", "--rum"],
            #"--resume needs --run DIR, the run to continue. See "saferl train --help"."#),
        usage(
            "negative checkpoint", ["evaluate", "run", "--checkpoint=-1"],
            #"--checkpoint -1: must be at least 0. See "saferl evaluate --help"."#),
        usage(
            "figure of an unknown kind", ["plot", "run", "--out", "curves.png"],
            #"--out curves.png: must end in .pdf or .svg. See "saferl plot --help"."#),
        usage(
            "several runs without a protocol", ["evaluate", "run", "other"],
            #"Several runs need --task, by whose protocol they are averaged. See "saferl evaluate --help"."#),
        usage(
            "video of an unknown kind", ["evaluate", "run", "--video", "out.avi"],
            #"--video out.avi: must end in .gif, .png or .mp4. See "saferl evaluate --help"."#),
        usage(
            "video of no episodes", ["evaluate", "run", "--video", "out.gif", "--video-episodes", "0"],
            #"--video-episodes 0: must be at least 1. See "saferl evaluate --help"."#),
        usage(
            "video too fast to be shown", ["evaluate", "run", "--video", "out.gif", "--video-fps", "51"],
            #"--video-fps 51: must be 1 to 50. See "saferl evaluate --help"."#),
        usage(
            "episodes of no video", ["evaluate", "run", "--video-episodes", "2"],
            #"--video-episodes and --video-fps need --video FILE, the file to write. "#
                + #"See "saferl evaluate --help"."#),
        usage(
            "benchmark that is almost guardians", ["bench", "guardian"],
            #"guardian: unknown algorithm. Did you mean "guardians"?"#),
        usage(
            "a benchmark that there is not", ["bench", "ogsrl"],
            "ogsrl: has no benchmark. Those that do: fisor, bc, bcq-lag, bear-lag, cpq, coptidice, cdt, caps, bcrl, trac, "
                + "lspc, ppo-lagrangian, ppo-pid, trpo-lagrangian, cpo, sac-lagrangian."),
        usage(
            "points for an algorithm", ["bench", "fisor", "--rows", "4096"],
            #"--rows is for guardians only. See "saferl bench --help"."#),
        usage(
            "file of points for an algorithm", ["bench", "fisor", "--points", "a.bin"],
            #"--points is for guardians only. See "saferl bench --help"."#),
        usage(
            "trials for an algorithm", ["bench", "fisor", "--trials", "100"],
            #"--trials is for safety-test and search only. See "saferl bench --help"."#),
        usage(
            "seed of trials for guardians", ["bench", "guardians", "--seed", "1"],
            #"--seed is for safety-test and search only. See "saferl bench --help"."#),
        usage(
            "checkpoint for an algorithm", ["bench", "fisor", "--checkpoint", "a"],
            #"--checkpoint is for decoder and search only. See "saferl bench --help"."#),
        usage(
            "size of an action for a decoder", ["bench", "decoder", "--action", "2"],
            #"--action is not for decoder. See "saferl bench --help"."#),
        usage(
            "steps for a checkpoint", ["bench", "decoder", "--checkpoint", "a", "--steps", "3"],
            #"--steps is not for --checkpoint. See "saferl bench --help"."#),
        usage(
            "points for trials", ["bench", "safety-test", "--rows", "4096"],
            #"--rows is for guardians only. See "saferl bench --help"."#),
        usage(
            "steps for trials", ["bench", "safety-test", "--steps", "5"],
            #"--steps is not for safety-test. See "saferl bench --help"."#),
        usage(
            "size of an observation for trials", ["bench", "safety-test", "--observation", "17"],
            #"--observation is not for safety-test. See "saferl bench --help"."#),
        usage(
            "each trial as text", ["bench", "safety-test", "--each-trial"],
            #"--each-trial needs --json. See "saferl bench --help"."#),
        usage(
            "too few trials", ["bench", "safety-test", "--trials", "1"],
            #"--trials 1: must be 2 to 1048576. See "saferl bench --help"."#),
        usage(
            "too few points for guardians", ["bench", "guardians", "--rows", "2047"],
            #"--rows 2047: must be 2048 to 28256363 for points of 19. See "saferl bench --help"."#),
        usage(
            "points too large for guardians",
            ["bench", "guardians", "--observation", "198", "--action", "1"],
            #"--observation and --action: together at most 198 for guardians. See "saferl bench --help"."#),
        usage(
            "no repeats for guardians", ["bench", "guardians", "--steps", "0"],
            #"--steps 0: must be at least 1. See "saferl bench --help"."#),
        BadInput(
            name: "file of points that is not there", arguments: ["bench", "guardians", "--points", "a.bin"],
            message:
                "a.bin: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            status: 66),
        BadInput(
            name: "file of points of another size", arguments: points, files: ["a.bin": [1, 2, 3]],
            message:
                "a.bin: 3 bytes, but 2048 + 4096 rows of 2 doubles are 98304. Set --rows, --observation and --action.",
            status: 65),
        BadInput(
            name: "file of points with a number that is not finite", arguments: points,
            files: ["a.bin": [UInt8](repeating: 0, count: 98_296) + [0, 0, 0, 0, 0, 0, 0xF0, 0x7F]],
            message:
                "a.bin: row 6143, column 1 is not a finite number. Give little-endian doubles.", status: 65),
        BadInput(
            name: "file of points that do not vary", arguments: points,
            files: ["a.bin": [UInt8](repeating: 0, count: 98_304)],
            message:
                "guardian: every feature is constant on the training points. Give features that vary.",
            status: 65),
        BadInput(
            name: "more monomials than points for guardians",
            arguments: ["bench", "guardians", "--rows", "2048", "--observation", "70"],
            message:
                "guardian: degree 2 makes 2701 monomials, 2048 points kept. Lower the degree or give more points.",
            status: 78),
        usage(
            "unknown algorithm on the command line", ["bench", "fizor"],
            #"fizor: unknown algorithm. Did you mean "fisor"?"#),
        usage(
            "unknown key to explain", ["config", "explain", "schedule.step"],
            #"schedule.step: unknown key. Did you mean "schedule.steps"?"#),
    ]
}
