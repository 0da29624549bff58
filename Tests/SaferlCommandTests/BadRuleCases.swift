import SaferlCommand

// Files of rules and traces that cannot be used.
extension BadInput {
    private static let good =
        "rules 1\nsignal x = action[0]\ncall c(k: text)\nrule a: x <= 1\nrule b: not c(k: \"z\")\n"

    private static func rules(
        _ name: String, _ text: String, _ message: String,
        _ arguments: [String] = ["guard", "check", "a.rules"]
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: ["a.rules": Array(text.utf8)], message: message,
            status: CommandStatus.configuration.rawValue)
    }

    private static func trace(_ name: String, _ text: String, _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["guard", "replay", "a.rules", "t.jsonl"],
            files: ["a.rules": Array(good.utf8), "t.jsonl": Array(text.utf8)], message: message,
            status: CommandStatus.badData.rawValue)
    }

    static let guarding: [BadInput] = [
        BadInput(
            name: "no file of rules", arguments: ["guard", "check", "a.rules"],
            message:
                "a.rules: no such file. Shipped with saferl: hopper-velocity.rules, icu-sepsis.rules, point-mass.rules, point-robot.rules.",
            status: CommandStatus.missingInput.rawValue),
        rules(
            "rules of another version", "rules 2\nrule a: true",
            "a.rules:1:7: version 2 of the language; this saferl reads version 1."),
        rules(
            "rules without a rule", "rules 1\n",
            "a.rules:2:1: a file without a rule. Write one, such as \"rule a: true\"."),
        rules(
            "a rule that no action can keep", "rules 1\nsignal x = observation[0]\nrule a: x < 1\n",
            "a.rules:3:6: rule a: nothing in it is chosen by the policy, so no action can keep it. Write watch instead of rule."
        ),
        rules(
            "memory without bound",
            "rules 1\ncall c(k: text)\nstate s(k: text): text\nrule a: each c(k: o): once s(o) == \"x\"\n",
            "a.rules:4:6: rule a: what once remembers has a variable that no event pins, so that memory has no bound. Bind it by an event inside, or carry a value of now by \"with\"."
        ),
        rules(
            "a column that the environment lacks", "rules 1\nsignal x = action[7]\nrule a: x < 1\n",
            "a.rules: signal x: action[7], but point-robot has 2. Write a number below 2.",
            ["guard", "check", "a.rules", "--environment", "point-robot"]),
        rules(
            "seconds without a clock", "rules 1\nsignal x = action[0]\nrule a: once[0 s .. 1 s] x < 1\n",
            "a.rules:3:14: seconds, but how long a step is, is not known. Write steps, or name the environment."
        ),
        rules(
            "a dead end among numbers", good,
            "signal x has no finite list of values, so that not everything can be tried. Search rules of events and calls without parameters, or with flags alone.",
            ["guard", "deadlock", "a.rules"]),
        usage(
            "a depth below 0", ["guard", "deadlock", "a.rules", "--depth=-1"],
            "--depth -1: must be from 0 to 1000. See \"saferl guard deadlock --help\"."),
        trace(
            "a step that lacks a signal", #"{"signals": {}}"#,
            "t.jsonl, step 0: signal x is no finite number."),
        trace(
            "a text for a signal", #"{"signals": {"x": "1"}}"#,
            #"t.jsonl:1: signal "x" is text. Write a finite number."#),
        trace(
            "an event that no rule knows", #"{"signals": {"x": 1}, "events": [{"name": "d", "args": {}}]}"#,
            #"t.jsonl:1: "d": no event and no call of the rules. Did you mean "c"?"#),
        trace(
            "an event without its argument", #"{"signals": {"x": 1}, "events": [{"name": "c", "args": {}}]}"#,
            #"t.jsonl:1: c lacks "k". Give a text."#),
        trace(
            "an event with one too many",
            #"{"signals": {"x": 1}, "events": [{"name": "c", "args": {"k": "z", "l": 1}}]}"#,
            #"t.jsonl:1: c has no parameter "l". Remove it."#),
        trace(
            "a step behind the end", "{\"signals\": {\"x\": 1}, \"end\": true}\n{\"signals\": {\"x\": 1}}\n",
            "t.jsonl:2: a step behind one with \"end\". Remove it, or put it into a trace of its own."),
        trace(
            "a step cut off", #"{"signals": {"x": 1}"#,
            "t.jsonl:1: column 21: the file ends where \",\" or \"}\" should stand. "
                + "Write each step as one JSON object in one line."),
        trace(
            "an unknown member of a step", #"{"signal": {"x": 1}}"#,
            #"t.jsonl:1: "signal": unknown member. Did you mean "signals"?"#),
    ]

    private static let noStep =
        #"t.jsonl:1: a trace without a step. Write a step a line, or one object of "columns" and "rows"."#

    static let tablesOfSteps: [BadInput] = [
        trace("an empty trace", "", noStep),
        trace("a trace of blank lines", "\n \n", noStep),
        trace("a table of no rows", #"{"columns": ["x"], "rows": []}"#, noStep),
        trace(
            "a table without rows", #"{"columns": ["x"]}"#,
            #"t.jsonl:1: a table without "rows". Add them, one list of numbers a step."#),
        trace(
            "a table without columns", #"{"rows": [[1]]}"#,
            #"t.jsonl:1: a table without "columns". Add them, one name for each number of a row."#),
        trace(
            "rows that are no list", #"{"columns": ["x"], "rows": 3}"#,
            #"t.jsonl:1: "rows" is a whole number. Write a list."#),
        trace(
            "a row that is no list", "{\"columns\": [\"x\"], \"rows\": [[1],\n2]}",
            #"t.jsonl:2: row 1 is a whole number. Write a list of numbers."#),
        trace(
            "a column twice", #"{"columns": ["x", "x"], "rows": [[1, 2]]}"#,
            #"t.jsonl:1: column "x" stands twice. Remove one."#),
        trace(
            "a column without a name", #"{"columns": ["x", 7], "rows": [[1, 2]]}"#,
            #"t.jsonl:1: a column is a whole number. Write the name of a signal."#),
        trace(
            "an unknown member of a table", #"{"columns": ["x"], "rows": [[1]], "row": 3}"#,
            #"t.jsonl:1: "row": unknown member. Did you mean "rows"?"#),
        trace(
            "a table cut off", "{\"columns\": [\"x\"],\n\"rows\": [[1],",
            #"t.jsonl:2: column 14: the file ends where a value should stand. Write a list of "columns" and one of "rows"."#
        ),
    ]

    private static let cart = """
        rules 1
        signal x = observation[0]
        signal a = action[0]
        signal z = next[0]
        model z = x / a within 0.1
        rule r: z < 1

        """
    private static let row = "observation_0,action_0,reward,cost,terminal\n0.5,0,0,0,1\n"

    private static func models(
        _ name: String, _ rules: String, _ rows: String?, _ message: String, _ status: CommandStatus,
        _ more: [String] = []
    ) -> BadInput {
        var files = ["a.rules": Array(rules.utf8)]
        if let rows { files["a.csv"] = Array(rows.utf8) }
        return BadInput(
            name: name, arguments: ["guard", "model-error", "a.rules", "a.csv"] + more, files: files,
            message: message, status: status.rawValue)
    }

    static let modelling: [BadInput] = [
        models(
            "rules without a model", good, row,
            "a.rules: no model. Write one, such as \"model next_x = x + 0.05 * speed within 0.001\".",
            .configuration),
        models(
            "a model of a column that the data lack", cart.replacing("next[0]", with: "next[1]"), row,
            "a.rules: signal z: next[1], but a.csv has 1. Write a number below 1.", .configuration),
        models(
            "data without a next observation", cart, row,
            "a.csv: no row whose next observation is known. Give a file with next_observations.", .badData),
        models(
            "a model that says no number", cart,
            "observation_0,action_0,reward,cost,terminal\n0.5,0,0,0,0\n0.5,0,0,0,1\n",
            "a.csv: row 0: a quotient by 0 is no finite number.", .badData),
        models(
            "no data for models", cart, nil, "a.csv: no such file, or none that can be read.",
            .missingInput),
        models(
            "a chance of 1 for models", cart, row,
            "--model-alpha 1.0: must be between 0 and 1. See \"saferl guard model-error --help\".", .usage,
            ["--model-alpha", "1"]),
    ]
}
