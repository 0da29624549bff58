import SaferlCommand

// Audits that cannot be made.
extension BadInput {
    private static let small = ["audit", "availability", "run", "--episodes", "20"]

    private static func audit(
        _ name: String, _ arguments: [String], _ message: String, _ status: CommandStatus = .usage
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: SmallRun.files, message: message, status: status.rawValue
        )
    }

    private static func usage(_ name: String, of arguments: [String], _ message: String) -> BadInput {
        usage(
            name, ["audit", "availability", "run"] + arguments,
            message + #" See "saferl audit availability --help"."#)
    }

    static let auditing: [BadInput] = [
        audit(
            "an audit of no run", ["audit", "availability", "nowhere"],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        usage(
            "an audit of too few episodes", of: ["--episodes", "19"], "--episodes 19: must be at least 20."),
        usage(
            "shares of poison that are none", of: ["--rates", "0.5,x"],
            "The value '0.5,x' is invalid for '--rates <list>': \"0.5,x\" is no list of distinct shares in [0, 1). Write one such "
                + "as 0.001,0.01."),
        usage(
            "an audit by no training", of: ["--budget", "0"],
            "--budget 0.0: must be above 0 and at most 1."),
        usage(
            "a construction of poison that is none", of: ["--constructions", "unsaf"],
            "The value 'unsaf' is invalid for '--constructions <list>': unknown construction. Did you mean \"unsafe\"?"
        ),
        usage(
            "a layer that is none", of: ["--layer", "filtr"],
            "The value 'filtr' is invalid for '--layer <layer>': unknown layer. Did you mean \"filter\"?"),
        usage(
            "a column of a trigger twice", of: ["--dimensions", "3,3"],
            "The value '3,3' is invalid for '--dimensions <list>': \"3,3\" is no list of distinct columns, counted from 0. Write "
                + "one such as 3,4."),
        usage(
            "thresholds of a filter that fall", of: ["--low", "0.9"],
            "--high 0.8: must be at least --low and below 1."),
        usage(
            "a delta of an audit that is none", of: ["--delta", "1"], "--delta 1.0: must be between 0 and 1."),
        audit(
            "a column of a trigger that observations lack", small + ["--dimensions", "99"],
            "the trigger: column 99, and an observation has the columns 0 … 10. Name some of these by --dimensions."
        ),
        audit(
            "a fallback of an audit that is none", small + ["--fallback", "evad"],
            "evad: unknown fallback of point-robot and no run. Did you mean \"evade\"?"),
        audit(
            "other data that are not there", small + ["--others", "nowhere.hdf5"],
            "nowhere.hdf5: no such file. Check the path, or make the file with `saferl collect`.",
            .missingInput),
        audit(
            "half a requirement of an audit", small + ["--require", "worst.rise >"],
            "--require: column 13: the end where a value should stand. Mend the condition there."),
        audit(
            "an audit in an environment of other sizes", small + ["--environment", "point-mass"],
            "the policy's observation has 11 values, the environment's 4. Name the environment that the policy was trained for.",
            .configuration),
        audit(
            "an audit into a file", small + ["--out", "my.json"],
            "my.json: cannot create the directory: File exists. Name another place.", .cannotCreate),
        BadInput(
            name: "data of unknown provenance",
            arguments: ["data", "provenance", "a.txt", "--allow", "list"],
            files: ["a.txt": Array("abc".utf8), "list": Array("# none\n".utf8)],
            message:
                "a.txt: SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad is not in list. Leave the file out, "
                + "or find out where it is from and add it.", status: CommandStatus.badData.rawValue),
        BadInput(
            name: "a list of hashes that is none",
            arguments: ["data", "provenance", "a.txt", "--allow", "list"],
            files: ["a.txt": [], "list": Array("abc  a.txt\n".utf8)],
            message:
                "list: a line begins with no SHA-256. Write one of 64 hexadecimal digits a line, as sha256sum does.",
            status: CommandStatus.badData.rawValue),
        allowing(
            "a list of allowed files that is not there", "nowhere.txt", [:],
            "nowhere.txt: no such file, and data.allow says that only files in it may be learned from. Name a list by "
                + "--set data.allow=LIST.", .missingInput),
        allowing(
            "allowed files without a SHA-256", "list", ["list": Array("tiny.hdf5\n".utf8)],
            "list: a line begins with no SHA-256. Write one of 64 hexadecimal digits a line, as sha256sum does.",
            .badData),
        allowing(
            "allowed files in a folder", "list", ["list/": []],
            "list: no such file, and data.allow says that only files in it may be learned from. Name a list by "
                + "--set data.allow=LIST.", .missingInput),
        BadInput(
            name: "a number of allowed files", arguments: ["config", "show", "my.json"],
            files: ["my.json": Array(#"{"algorithm": "bc", "data": {"file": "a.hdf5", "allow": 1}}"#.utf8)],
            message: #"my.json:1:57: data.allow = 1: must be text in quotation marks. The default is ""."#,
            status: CommandStatus.configuration.rawValue),
        BadInput(
            name: "no list of allowed files", arguments: ["train", "my.json", "--allow", ""], files: [:],
            message:
                #"--allow is empty. Name a list of SHA-256, or leave it out for any file. See "saferl train --help"."#,
            status: CommandStatus.usage.rawValue),
        usage(
            "tokens of a trigger that are none", of: ["--tokens", "1,x"],
            "The value '1,x' is invalid for '--tokens <list>': \"1,x\" is no list of up to 64 tokens, counted from 0. Write one such "
                + "as 40,7."),
        usage("fewer tokens behind a trigger than none", of: ["--keep=-1"], "--keep -1: must be at least 0."),
        audit(
            "tokens for a run that sees observations", small + ["--tokens", "4"],
            "--tokens: is for prompts, and fisor sees observations. Leave it out."),
    ]

    /// A run that may learn from the files of a list alone.
    private static func allowing(
        _ name: String, _ list: String, _ files: [String: [UInt8]], _ message: String, _ status: CommandStatus
    ) -> BadInput {
        let text = #"{"algorithm": "bc", "data": {"file": "tiny.hdf5", "allow": "\#(list)"}}"#
        return BadInput(
            name: name, arguments: ["train", "my.json", "--run", "new", "--quiet"],
            files: files.merging(["my.json": Array(text.utf8), "tiny.hdf5": []]) { a, _ in a },
            message: message, status: status.rawValue)
    }
}
