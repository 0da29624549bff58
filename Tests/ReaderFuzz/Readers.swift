import LanguageModels
import Rules
import Storage
import TestSupport
import Verification

/// A reader of files that strangers write, with sound files to begin from.
struct Reader: Sendable {
    /// What the command calls it.
    let name: String
    /// Files that it takes, which are changed.
    let sounds: [[UInt8]]
    /// What means something in them, put in whole.
    let words: [String]
    /// Reads a file and uses what it read; throws where it is refused.
    let read: @Sendable ([UInt8]) throws -> Void

    /// All of them, in the order in which they are tried.
    static let all = [rules, traces, tools, onnx, vnnlib, nnet, gguf, templates, suites]

    /// The reader of a name.
    static func named(_ name: String) -> Reader? { all.first { $0.name == name } }
}

extension Reader {
    private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static let ruleTexts = [
        """
        rules 1
        signal speed = observation[2] in -4 ... 4
        signal distance = observation[5]
        signal accel = action[0] in -1 ... 1
        signal next_speed = next[2]
        model next_speed = speed + 0.05 * accel within 0.001
        constant limit = 1.5
        define near = distance < 0.3
        rule boost:      count[0..9](accel > 0.8) <= 3
        rule smooth "no jerk": abs(accel - before(accel, 0)) <= 0.75
        watch slow_near: never (speed > limit and near)
        rule brake:      near leads to accel <= -0.5 within 4
        rule mean:       sum[0..3](accel) / 4 <= 0.9 and maximum[0..5](speed) - minimum[0..5](speed) < 3
        watch late:      age(started near) >= 2 since[1..] (previous near or historically[0..2] speed > 0)
        rule ahead:      next_speed <= max(limit, norm(speed, accel), sqrt(4))
        """,
        """
        rules 1
        call  pay(order: text, amount: number) remember 64
        event confirmed(order: text, sure: flag)   # what it is told
        event found(user: text) remember 8
        state status(order: text): text
        rule paid_once:  each pay(order: o): not previous once pay(order: o)
        rule agreed:     each pay(order: o): once[0..2] confirmed(order: o, sure: true)
        rule delivered:  each pay(order: o): status(o) == "delivered"
        rule cap:        total[0..](pay(amount: m): m) <= 500
        rule told:       each pay(order: o) leads to confirmed(order: o) before end
        watch two:       some confirmed(order: o) where with s = status(o): once found(user: s) implies (not s == "x")
        """,
    ]

    private static let ruleWords = [
        "rule a: ", "watch b: ", "define c = ", "signal s = observation[0]", "(", ")", " and ", " or ",
        " implies ", "not ",
        "once ", "once[0..3] ", "historically[2..] ", " since[0..9] ", "count[0..99999](", "seq(", "each ",
        "some ", "with v = ",
        " within 4", " leads to ", " before end", "0.5", "1e308", "-1", "99999999999999999999", "\"", "\\",
        "#",
        "\n", "remember 1000000", "[", "]", "..", ": ", "\u{E9}", "\0", "2 s",
    ]

    /// Rules, and two steps judged by them.
    static let rules = Reader(name: "rules", sounds: bytes(ruleTexts), words: ruleWords) { bytes in
        let file = try RuleFile(bytes: bytes, name: "f")
        var monitor = RuleMonitor(file)
        for number in 0..<2 {
            var step = TraceStep(for: file)
            for signal in step.signals.indices { step.signals[signal] = Double(number) - 0.5 }
            // A step that cannot be judged is refused, which is no fault of the reader.
            guard (try? monitor.propose(step)) != nil else { return }
            monitor.commit()
        }
    }

    private static let traceTexts = [
        """
        {"signals":{"speed":1.2,"distance":0.5,"accel":-0.5},"events":[]}
        {"signals":{"speed":1.1,"distance":0.4,"accel":1},"events":[],"end":true}
        """,
        #"{"columns":["speed","distance","accel"],"rows":[[1,2,0.5],[1,0.1,-1],[0,3e0,1]]}"#,
    ]

    private static let told = """
        {"events":[{"name":"pay","args":{"order":"#1","amount":3}}],"state":{"status":{"#1":"delivered"}}}
        {"events":[{"name":"confirmed","args":{"order":"#1","sure":true}},{"name":"found","args":{"user":"u"}}]}
        {"events":[],"state":{"status":{"#1":"x","#2":"y"}},"end":true}
        """

    private static let jsonWords = [
        "{", "}", "[", "]", ":", ",", "\"", "\\u0041", "\\", "null", "true", "1e999", "-0.0", "\"end\":true",
        "\"events\":[",
        "\"signals\":{", "\"args\":{", "\n", "\u{7F}", "\0", "[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
    ]

    /// Traces of the rules above, read and judged.
    static let traces: Reader = {
        let files = ruleTexts.compactMap { try? RuleFile($0, name: "f") }
        precondition(files.count == 2, "rules that are sound are refused")
        return Reader(name: "traces", sounds: bytes(traceTexts + [told]), words: jsonWords) { bytes in
            // What is no trace for one file may be one for the other.
            let steps: [TraceStep]
            let file: RuleFile
            do { (steps, file) = (try TraceReader.steps(of: bytes, files[0], name: "t"), files[0]) } catch {
                (steps, file) = (try TraceReader.steps(of: bytes, files[1], name: "t"), files[1])
            }
            var monitor = RuleMonitor(file)
            for step in steps {
                guard (try? monitor.propose(step)) != nil else { return }
                monitor.commit()
            }
        }
    }()

    private static func tool(_ name: String, _ parameters: String) -> String {
        #"{"type":"function","function":{"name":""# + name
            + #"","description":"Does.","parameters":"# + parameters + "}}"
    }

    private static let toolTexts = [
        "["
            + tool(
                "pay",
                #"{"type":"object","properties":{"to":{"type":"string","enum":["x","y"]},"now":{"type":"boolean"},"n":{"type":"integer"}},"required":["to"]}"#
            )
            + ","
            + tool(
                "list",
                #"{"type":"object","properties":{"p":{"type":"array","items":{"type":"string","pattern":"^[A-Z]{2}(\\d+|x*)?$"},"maxItems":3}}}"#
            ) + "]"
    ]

    private static let toolWords =
        jsonWords + [
            "\"maxItems\":3", "{\"type\":\"array\",\"items\":", "\"required\":[\"p\"]", "{999}", "(", "[^",
            "|",
            "*", "+", "?",
            "\"$ref\":\"#\"", "\"integer\"", "\"number\"", "{2,7}", "\\\\d",
        ]

    /// Schemas of tools, compiled to an automaton.
    static let tools = Reader(name: "tools", sounds: bytes(toolTexts), words: toolWords) { bytes in
        _ = try ToolGrammar(bytes: bytes, name: "f")
    }
}

extension Reader {
    private static var deeper: OnnxWriter {
        var writer = OnnxWriter.sound
        writer.isRaw = false
        writer.operations = [
            .init(type: "Sub", inputs: ["x", "b"], output: "s"),
            .init(type: "Gemm", inputs: ["s", "w", "b"], output: "g", attributes: [("transB", 1)]),
            .init(type: "Tanh", inputs: ["g"], output: "t"),
            .init(type: "Flatten", inputs: ["t"], output: "f", attributes: [("axis", 1)]),
            .init(type: "Concat", inputs: ["f", "x"], output: "y", attributes: [("axis", 1)]),
        ]
        return writer
    }

    /// Networks, computed at a point.
    static let onnx = Reader(
        name: "onnx", sounds: [OnnxWriter.sound.bytes, deeper.bytes],
        words: [
            "MatMul", "Add", "Relu", "Mul", "Concat", "LayerNormalization", "Reshape", "x", "w", "b", "y",
            "\u{7F}\u{7F}\u{7F}", "\0\0\0",
        ]
    ) { bytes in
        let network = try VerifiableNetwork(onnxBytes: bytes, path: "f")
        _ = network.outputs(at: Array(repeating: 1, count: network.inputs))
    }

    /// Properties.
    static let vnnlib = Reader(
        name: "vnnlib",
        sounds: bytes([
            """
            (declare-const X_0 Real) ; speed
            (declare-const X_1 Real)
            (declare-const Y_0 Real)
            (declare-const Y_1 Real)
            (assert (>= X_0 -1))
            (assert (<= X_0 1.5e0))
            (assert (or (and (>= X_1 0) (<= X_1 1)) (and (>= X_1 2) (<= X_1 3))))
            (assert (or (and (<= Y_0 Y_1) (>= Y_0 2)) (and (<= Y_1 -1))))
            """
        ]),
        words: [
            "(assert ", "(or ", "(and ", "(<= ", "(>= ", "X_0", "X_9", "Y_1", "(declare-const ", " Real)",
            ")",
            "(", ";", "1e999",
            "nan", "-0.0", "\n", "((((((((((((", "X_99999999999999999999", "X_1000000",
        ]
    ) { bytes in _ = try VnnlibProperty(bytes, path: "f").questions }

    /// Networks of the other kind.
    static let nnet = Reader(
        name: "nnet",
        sounds: bytes([
            """
            // two layers
            2,1,1,2,
            1,2,1,
            0,
            -1.0,
            1.0,
            0.0,0.0,
            1.0,1.0,
            1.0,
            -1.0,
            0.5,
            0.5,
            2.0,-1.0,
            0.25,

            """
        ]), words: ["1,2,", "1000000,", "-1,", "nan,", "1e999,", "//", "\n", ",", "99999999999999999999"]
    ) { bytes in
        let network = try VerifiableNetwork(nnetBytes: bytes, path: "f")
        _ = network.outputs(at: Array(repeating: 1, count: network.inputs))
    }
}
