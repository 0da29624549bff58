import SaferlCommand

// Filters of prompts, suites and guards that cannot be used.
extension BadInput {
    private static func bad(
        _ name: String, _ arguments: [String], _ files: [String: String], _ message: String,
        _ status: CommandStatus = .badData
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: files.mapValues { Array($0.utf8) }, message: message,
            status: status.rawValue)
    }

    private static let train = FilterCommandTests.train
    private static let certify = FilterCommandTests.certify + ["--limit", "0.05"]
    private static let missing =
        "cannot open: No such file or directory. Check the path, or restore the file from a copy."
    private static let suite = ["evaluate", "M", "--suite", "qa.jsonl"]
    private static let evaluateHelp = " See \"saferl evaluate --help\"."
    private static let answer = ["answer", "M", "Hi"]
    private static let answerHelp = " See \"saferl answer --help\"."
    private static let serveHelp = " See \"saferl serve --help\"."
    private static let trainHead = ["guard", "train-head", "M", "--out", "h"]
    private static let trainHeadHelp = " See \"saferl guard train-head --help\"."
    private static let testHead = ["guard", "test-head", "M", "h"]
    private static let certifyHelp = " See \"saferl certify --help\"."

    static let modelSafety: [BadInput] = [
        bad("prompts of no file", train, [:], "h.txt: \(missing)", .missingInput),
        bad(
            "prompts of no known format",
            ["guard", "train-filter", "--harmful", "h.csv", "--safe", "s.txt", "--out", "f"], ["h.csv": "a"],
            "h.csv: prompts are read from files whose names end in .txt, .json or .jsonl."),
        bad("no prompts", train, ["h.txt": "\n"], "h.txt: no prompt. Write one a line."),
        bad(
            "a prompt in both lists", train, ["h.txt": "do harm", "s.txt": "bake\nDo harm\n"],
            "s.txt: row 2 is the prompt of row 1 of h.txt. Decide which it is."),
        bad(
            "a filter that is there", train, ["f.json": ""],
            "f.json: there already. Add --force to replace it, or name another file.", .cannotCreate),
        bad(
            "erasures that are none", train + ["--erase", "prefix:3"], [:],
            "The value 'prefix:3' is invalid for '--erase <mode>': \"prefix:3\" names no erasures. Write suffix:20, insertion:12, "
                + "insertion:4x2 (two blocks) or infusion:3. See \"saferl guard train-filter --help\".",
            .usage),
        bad("a filter of no file", certify, [:], "f.json: \(missing)", .missingInput),
        bad(
            "a filter that is none", certify, ["f.json": "{}"],
            "f.json: no filter. Train one by \"saferl guard train-filter\"."),
        bad(
            "a filter of a later format", certify, ["f.json": "{\"filter\": 9}"],
            "f.json: has format 9, and this saferl reads 1. Read it with the saferl that wrote it."),
        bad(
            "a filter that was changed", certify, ["f.json": "{\"filter\": 1}"],
            "f.json: not as a filter is written. Restore the file from a copy, or train the filter again."),
        bad(
            "a filter without prompts to test it on",
            ["certify", "--filter", "f", "--limit", "0", "--delta", "0.1"],
            [:], "--filter needs --harmful FILE. Give --harmful, --safe and --erase." + certifyHelp, .usage),
        bad(
            "a filter and a run", ["certify", "run"] + certify.dropFirst(), [:],
            "--filter is tested instead of a run. Name one of them." + certifyHelp, .usage),
        bad(
            "a filter and episodes", certify + ["--episodes", "9"], [:],
            "--episodes has no effect with --filter, where no episode is run. Leave it out." + certifyHelp,
            .usage),
        bad(
            "a filter and rules", certify + ["--guard", "a.rules"], [:],
            "--guard has no effect with --filter, where no episode is run. Leave it out." + certifyHelp,
            .usage),
        bad(
            "a filter and a model", certify + ["--model", "m"], ["f.json": "{}"],
            "--model has no effect with f.json, a filter that was trained for its own border. Leave it out.",
            .usage),
        bad(
            "a threshold of nothing", certify + ["--threshold", "0"], [:],
            "--threshold 0.0: must be above 0 and at most 1." + certifyHelp, .usage),
        bad(
            "no version to look at", certify + ["--checks", "0"], [:],
            "--checks 0: must be at least 1." + certifyHelp, .usage),
        bad(
            "a reward of no verifiers", ["reward", "explain", "configs/fisor.json"], [:],
            "\"fisor\" has no reward that verifiers make. Name a configuration of \"grpo\", such as configs/grpo-alphaalign.json.",
            .configuration),
        bad(
            "a share of one that may pass", FilterCommandTests.certify + ["--limit", "1"], [:],
            "--limit 1.0: must be a share, at least 0 and below 1." + certifyHelp, .usage),
        bad(
            "erasures without a filter",
            ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "0.1", "--erase", "suffix:1"],
            [:],
            "--erase needs --filter FILE, the filter to test." + certifyHelp, .usage),
        bad(
            "nothing to certify", ["certify", "--episodes", "9", "--limit", "1", "--delta", "0.1"], [:],
            "Missing expected argument '<run>'." + certifyHelp, .usage),
        bad(
            "a run without episodes", ["certify", "run", "--limit", "1", "--delta", "0.1"], [:],
            "Missing expected argument '--episodes <n>'." + certifyHelp, .usage),
        bad(
            "a suite of no file", suite, ["M": ""], "qa.jsonl: \(missing)", .missingInput),
        bad(
            "a suite without questions", suite, ["qa.jsonl": "\n"],
            "qa.jsonl: no question. A suite has a JSON object with question, options and answer in each row."),
        bad(
            "a suite with a wrong answer", suite,
            ["qa.jsonl": #"{"question": "a", "options": ["b", "c"], "answer": 2}"#],
            "qa.jsonl: row 1: answer: a whole number from 0 to 1 is needed, the right option's index."),
        bad(
            "a suite for no model", suite,
            ["qa.jsonl": #"{"question": "a", "options": ["b", "c"], "answer": 1}"#],
            "M: \(missing)", .missingInput),
        bad(
            "a suite for two models", ["evaluate", "M", "N", "--suite", "qa.jsonl"], [:],
            "--suite is put to one model at a time. Name one." + evaluateHelp, .usage),
        bad(
            "a suite and episodes", suite + ["--episodes", "3"], [:],
            "--episodes has no effect with --suite, where no policy is run. Leave it out." + evaluateHelp,
            .usage),
        bad(
            "no orders", suite + ["--orders", "0"], [:], "--orders 0: must be at least 1." + evaluateHelp,
            .usage),
        bad(
            "orders of twins", ["evaluate", "M", "--suite", "twins", "--orders", "2"], [:],
            "--orders is about questions, and has no effect with twins. Leave it out." + evaluateHelp, .usage),
        bad(
            "orders without a suite", ["evaluate", "run", "--orders", "2"], [:],
            "--orders needs --suite FILE, the suite to put to a model." + evaluateHelp, .usage),
        bad(
            "twins that are none", ["evaluate", "M", "--suite", "t.jsonl", "--suite-kind", "twin"],
            ["t.jsonl": "\n"],
            "t.jsonl: no pair. A suite of twins has a JSON object with tools, low and high in each row."),
        bad(
            "a policy without a guard", answer + ["--strict"], [:],
            "--strict needs --guard, the model or filter that judges." + answerHelp, .usage),
        bad(
            "a threshold of zero", answer + ["--guard", "G", "--threshold", "0"], [:],
            "--threshold 0.0: must be above 0 and at most 1." + answerHelp, .usage),
        bad(
            "two policies", answer + ["--guard", "G", "--strict", "--loose"], [:],
            "--strict and --loose are two policies. Choose one." + answerHelp, .usage),
        bad(
            "two ways to a reply",
            answer + ["--guard", "G", "--search", "2", "--roll-back", "--temperature", "1"],
            [:], "--search and --roll-back are two ways to a reply. Choose one." + answerHelp, .usage),
        bad(
            "an introspection of what is not written anew",
            answer + ["--guard", "G", "--introspection", "Think again."], [:],
            "--introspection needs --roll-back, which writes replies anew." + answerHelp, .usage),
        bad(
            "a search that draws nothing", answer + ["--guard", "G", "--search", "4"], [:],
            "--search needs --temperature above 0: without it every reply is the same." + answerHelp, .usage),
        bad(
            "an interface of others without a token", ["serve", "M", "--host", "0.0.0.0"], [:],
            "--host 0.0.0.0: other machines reach it. Give --token-file too, with a token that they must name."
                + serveHelp, .usage),
        bad(
            "a name to listen on", ["serve", "M", "--host", "example.test"], [:],
            "--host \"example.test\": must be an address, such as 127.0.0.1 or ::1." + serveHelp, .usage),
        bad(
            "a server without slots", ["serve", "M", "--slots", "0"], [:],
            "--slots 0: must be at least 1." + serveHelp,
            .usage),
        bad(
            "a token file that is not there", ["serve", "M", "--token-file", "t"], ["M": ""], "t: \(missing)",
            .missingInput),
        bad(
            "a token that is none", ["serve", "M", "--token-file", "t"], ["M": "", "t": "short\n"],
            "t: no token. Write one line of 16 to 1024 letters, digits and - . _ ~ + / =, such as \"openssl rand -hex 32\" makes."
        ),
        bad("a model to serve that is not there", ["serve", "M"], [:], "M: \(missing)", .missingInput),
        bad(
            "a search of one", answer + ["--guard", "G", "--search", "1", "--temperature", "1"], [:],
            "--search 1: must be at least 2." + answerHelp, .usage),
        bad(
            "a head that learns from nothing", trainHead, [:],
            "Name what the head learns from: --world consent, or --rows FILE." + trainHeadHelp, .usage),
        bad(
            "a head that learns from two things", trainHead + ["--world", "consent", "--rows", "r.jsonl"],
            [:],
            "Name what the head learns from: --world consent, or --rows FILE." + trainHeadHelp, .usage),
        bad(
            "requests beside rows", trainHead + ["--rows", "r.jsonl", "--requests", "9"], [:],
            "--requests has no effect with --rows, whose rows are all used. Leave it out." + trainHeadHelp,
            .usage),
        bad(
            "a judge in a world", trainHead + ["--world", "consent", "--judge", "G"], [:],
            "--judge needs --rows FILE: a world has a judge of its own." + trainHeadHelp, .usage),
        bad(
            "no continuations", trainHead + ["--world", "consent", "--rollouts", "0"], [:],
            "--rollouts 0: must be at least 1." + trainHeadHelp, .usage),
        bad(
            "a head that is there", trainHead + ["--world", "consent"], ["h": ""],
            "h: there already. Add --force to replace it, or name another file.", .cannotCreate),
        bad(
            "a head for no model", trainHead + ["--world", "consent"], [:], "M: \(missing)", .missingInput),
        bad(
            "rows of one prompt", trainHead + ["--rows", "r.jsonl"], ["r.jsonl": "\n"],
            "r.jsonl: fewer than two different prompts. A part is held out: give more rows."),
        bad(
            "rows without labels", trainHead + ["--rows", "r.jsonl"],
            ["r.jsonl": #"{"prompt": "a", "response": "b", "label": "safe"}"#],
            "r.jsonl: row 1: prompt_label: write safe, unsafe or controversial."),
        bad("a head of no file", testHead, [:], "h: \(missing)", .missingInput),
        bad(
            "a head that is none", testHead, ["h": "{}"],
            "h: not a valid safetensors file: 2 bytes are too few for the length of a header. Copy or convert the file again."
        ),
        bad(
            "a head with a threshold of zero", testHead + ["--threshold", "0"], [:],
            "--threshold 0.0: must be above 0 and at most 1. See \"saferl guard test-head --help\".", .usage),
        bad(
            "a search for no model", ["bench", "search"], [:],
            "search needs --checkpoint MODEL, the model that answers. See \"saferl bench --help\".", .usage),
        bad(
            "steps of a search", ["bench", "search", "--rows", "4096"], [:],
            "--rows is for guardians only. See \"saferl bench --help\".", .usage),
    ]
}
