import SaferlCommand

// What the catalogue of bad inputs names beside the cases of `guarding`, `tablesOfSteps`, `shields`, `monitors` and `verifying`: rules and
// traces that are no text or too much of it, models, and networks and properties of every format.
extension BadInput {
    private static let head = "rules 1\nsignal x = action[0]\nsignal o = observation[0]\nsignal z = next[0]\n"

    private static func bytes(_ name: String, _ bytes: [UInt8], _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["guard", "check", "a.rules"], files: ["a.rules": bytes],
            message: "a.rules:" + message, status: CommandStatus.configuration.rawValue)
    }

    private static func rules(_ name: String, _ text: String, _ message: String) -> BadInput {
        bytes(name, Array((head + text + "\n").utf8), message)
    }

    private static let states =
        "rules 1\nsignal x = action[0]\ncall c(k: text)\nstate s(k: text): text\nrule b: each c(k: o): s(o) == \"d\"\n"

    private static func trace(_ name: String, _ text: String, _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["guard", "replay", "a.rules", "t.jsonl"],
            files: ["a.rules": Array(states.utf8), "t.jsonl": Array(text.utf8)],
            message: "t.jsonl" + message, status: CommandStatus.badData.rawValue)
    }

    static let guardCatalogue: [BadInput] = [
        bytes(
            "rules that are no UTF-8", Array(head.utf8) + [0x23, 0xFF, 0x0A],
            "1:1: no UTF-8. Save the file as UTF-8."),
        bytes(
            "rules with a NUL", Array((head + "rule a: x < 1").utf8) + [0, 0x0A],
            "5:1: a NUL in this line. Remove it."),
        rules(
            "rules of more than a megabyte", "rule a: x < 1\n# " + String(repeating: "a", count: 1 << 20),
            "1:1: 1048577 bytes; a file of rules has at most 1048576. Split it."),
        rules(
            "a thousand rules and one", (0...1000).map { "rule a\($0): x < 1" }.joined(separator: "\n"),
            "1005:6: more than 1000 rules. Split the file."),
        rules(
            "brackets too deep",
            "rule a: " + String(repeating: "(", count: 201) + "x < 1" + String(repeating: ")", count: 201),
            "5:209: expressions inside each other more than 200 deep. Give parts a name by \"define\"."),
        rules(
            "a memory of nothing", "call c(k: text) remember 0\nrule a: not c(k: \"z\")",
            "5:26: remember 0. Write a number from 1 to 1000000."),
        rules(
            "a memory of too much", "call c(k: text) remember 1000001\nrule a: not c(k: \"z\")",
            "5:26: remember 1000001. Write a number from 1 to 1000000."),
        rules(
            "a next signal without a model", "rule a: z <= 1",
            "5:6: rule a: \"z\" has no model. Declare one: model z = … within 0.001."),
        rules(
            "a model of what is next", "signal w = next[1]\nmodel w = o within 0.1\nmodel z = w within 0.1",
            "7:7: the model of \"z\" reads a next signal. It may read what is known now."),
        rules(
            "a model with an error below 0", "model z = o within -0.1\nrule a: z <= 1",
            "5:7: an error of -0.1, below 0. Write how far the model may be off."),
        rules(
            "a column without end", "signal y = action[99999999999999999999]\nrule a: y <= 1",
            "5:19: expected a whole number of at least 0, found \"99999999999999999999\"."),
        trace(
            "a signal that is no number", #"{"signals": {"x": NaN}}"#,
            ":1: column 19: NaN is not a number that JSON knows. Write each step as one JSON object in one line."
        ),
        trace(
            "a signal too large for a number", #"{"signals": {"x": 1e999}}"#,
            ":1: column 19: a number too large for double precision. Write each step as one JSON object in one line."
        ),
        trace(
            "a signal twice", #"{"signals": {"x": 1, "x": 2}}"#,
            ":1: column 22: \"x\" stands here a second time, after 1:14. Remove one. Write each step as one JSON object in one line."
        ),
        trace(
            "an answer of another type",
            #"{"signals": {"x": 1}, "state": {"s": {"z": 1}}, "events": [{"name": "c", "args": {"k": "z"}}]}"#,
            ":1: the answer of s(z) is a whole number. Give a text."),
        trace(
            "a state that nobody answered",
            #"{"signals": {"x": 1}, "events": [{"name": "c", "args": {"k": "z"}}]}"#,
            ", step 0: s(z) has no answer. Give one for every argument that rules ask with."),
        trace(
            "an argument of another type",
            #"{"signals": {"x": 1}, "events": [{"name": "c", "args": {"k": 3}}]}"#,
            ":1: c's \"k\" is a whole number. Give a text."),
    ]

    private static let box =
        "(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (>= X_0 -1))\n(assert (<= X_0 1))\n(assert (>= Y_0 3))\n"
    private static let network =
        "// one unit\n2,1,1,1,\n1,1,1,\n0,\n-1.0,\n1.0,\n0.0,0.0,\n1.0,1.0,\n1.0,\n0.0,\n1.0,\n0.0,\n"

    private static func property(_ name: String, _ old: String, _ new: String, _ message: String) -> BadInput
    {
        network(name, network, message, of: box.replacing(old, with: new))
    }

    private static func network(
        _ name: String, _ network: String, _ message: String, of property: String = box
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["verify", "--nnet", "n.nnet", "--vnnlib", "p.vnnlib"],
            files: ["n.nnet": Array(network.utf8), "p.vnnlib": Array(property.utf8)], message: message,
            status: CommandStatus.badData.rawValue)
    }

    private static func model(_ name: String, _ bytes: [UInt8], _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["verify", "--onnx", "n.onnx", "--vnnlib", "p.vnnlib"],
            files: ["n.onnx": bytes, "p.vnnlib": Array(box.utf8)], message: message,
            status: CommandStatus.badData.rawValue)
    }

    static let verifyCatalogue: [BadInput] = [
        property(
            "an input that is not declared", "Y_0 3", "Y_9 3", "p.vnnlib:5: Y_9 is not declared."),
        property(
            "a strict bound", "<= X_0 1", "< X_0 1",
            "p.vnnlib:4: < is strict; only <= and >= are read."),
        property(
            "a product of inputs", "<= X_0 1", "<= (* X_0 X_0) 1",
            "p.vnnlib:4: a variable or a number is expected; sums and products are not read."),
        property(
            "a box without inside", "<= X_0 1", "<= X_0 -2",
            "p.vnnlib: X_0 lies between -1.0 and -2.0: an empty box, for which everything holds."),
        property(
            "an input without bound", "(assert (<= X_0 1))\n", "", "p.vnnlib: X_0 has no upper bound."),
        network(
            "a network of other counts", network.replacing("\n1,1,1,\n", with: "\n1,1,2,\n"),
            "n.nnet:3: sizes [1, 1, 2] do not meet 2 layers from 1 to 1 numbers."),
        network(
            "a weight that is no number", network.replacing("1.0,1.0,", with: "nan,1.0,"),
            "n.nnet:8: nan is not a finite number."),
        network(
            "a network with more behind it", network + "1.0,\n",
            "n.nnet:12: lines after the last bias."),
        model(
            "a model that is empty", [], "n.onnx: no graph: this is not an ONNX model."),
        model(
            "a model cut off", [0x3A, 0xFF],
            "n.onnx:byte 1: a number is cut off or has more than 64 bits."),
        model(
            "a length beyond the model", [0x3A, 0x7F, 1],
            "n.onnx:byte 0: a length of 127 reaches beyond the 1 bytes left."),
    ]
}
