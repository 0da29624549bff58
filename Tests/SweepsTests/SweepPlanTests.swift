import Storage
import Sweeps
import Testing

@Suite struct SweepPlanTests {
    private static func plan(_ changes: [String: String] = [:]) throws -> SweepPlan {
        var members = [
            "base": #""bc.json""#, "search": #""random""#, "trials": "4",
            "maximise": #""evaluation.return_mean""#,
            "space": #"{"bc.width": {"integer": [4, 64], "log": true}}"#,
        ]
        for (key, value) in changes { members[key] = value == "" ? nil : value }
        let text = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        return try SweepPlan(Array("{\(text.joined(separator: ",\n"))}".utf8), of: "s.json")
    }

    @Test func whatIsLeftOutHasADefault() throws {
        let plan = try Self.plan(["search": ""])
        #expect(plan.seeds == [0] && plan.seed == 0 && plan.sampler == .tpe && plan.within == [])
        #expect(plan.stopping == nil && plan.direction == .maximise)
        #expect(try Self.plan(["search": ""]).definition == plan.definition)
        #expect(try Self.plan(["seed": "1"]).definition != plan.definition)
        // The definition reads back as the plan.
        #expect(try SweepPlan(Array(plan.definition.utf8), of: "x").space == plan.space)
    }

    private static let bad: [(changes: [String: String], fault: String)] = [
        (["base": ""], "a sweep needs a \"base\""),
        (["base": "3"], "base: a whole number, where text is needed"),
        (["search": #""tpr""#], "search: tpr is unknown. Did you mean \"tpe\"?"),
        (["trials": ""], "\"random\" needs \"trials\""),
        (["trials": "0"], "trials: a whole number from 1 to 1000000"),
        (["seeds": "[1, 1]"], "seeds: 1 stands there twice"),
        (["seeds": "[-1]"], "a seed is a whole number"),
        (["minimise": #""evaluation.cost_mean""#], "either \"maximise\" or \"minimise\""),
        (["maximise": ""], "either \"maximise\" or \"minimise\""),
        (["maximise": #""return_mean""#], "maximise: return_mean: no figure of a run"),
        (
            ["within": #"["evaluation.cost_mean < 5"]"#],
            "within: evaluation.cost_mean < 5: not one comparison"
        ),
        (["within": #"["evaluation.cost_mean <= cost"]"#], "within: cost: no figure of a run"),
        (["space": "{}"], "space: an object of keys is needed"),
        (["space": #"{"a": {"real": [1, 0]}}"#], "real: two numbers are needed, the smaller first"),
        (["space": #"{"a": {"real": [0, 1], "log": true}}"#], "log: needs numbers above 0"),
        (["space": #"{"a": {"integer": [1.5, 3]}}"#], "integer: two whole numbers are needed"),
        (["space": #"{"a": {"choices": []}}"#], "choices: a list of values is needed"),
        (["space": #"{"a": {"choices": [1, 1]}}"#], "choices: 1 stands there twice"),
        (["space": #"{"a": {"choices": [1], "log": true}}"#], "\"choices\" stand alone"),
        (["space": #"{"a": {"real": [0, 1], "step": 2}}"#], "step: a number above 0 is needed"),
        (["space": #"{"a": {"real": [1, 2], "log": true, "step": 0.5}}"#], "step: has no place beside"),
        (["space": #"{"a": {"float": [0, 1]}}"#], "float: unknown key"),
        (["space": #"{"a": {"real": [0, 1]}}"#, "search": #""grid""#], "a has no end of values"),
        (
            ["space": #"{"a": {"choices": [1, 2]}}"#, "search": #""grid""#, "trials": "3"],
            "the grid has only 2 points"
        ),
        (["stop": "{}"], "\"stop\" needs either \"asha\" or \"hyperband\""),
        (["stop": #"{"asha": {"reduction": 4}}"#], "\"minimum\" is needed"),
        (["stop": #"{"asha": {"minimum": 2, "reduction": 1}}"#], "reduction: a whole number from 2 to 1000"),
        (["stop": #"{"hyperband": {"minimum": 2, "maximum": 1}}"#], "maximum: a whole number from 2"),
        (
            ["stop": #"{"asha": {"minimum": 2}}"#, "maximise": #""manifest.step""#],
            "stop: manifest.step is not known while a run trains"
        ),
        (["colour": "1"], "colour: unknown key"),
    ]

    @Test func everyFaultNamesPlaceAndRemedy() {
        for (changes, fault) in Self.bad {
            let error = #expect(throws: JSONObjectError.self, "\(changes)") { try Self.plan(changes) }
            #expect(error?.description.contains(fault) == true, "\(changes): \(error?.description ?? "")")
            #expect(error?.place.hasPrefix("s.json") == true && error?.kind == .configuration)
        }
    }

    @Test func aConditionMeasuresByHowMuchItIsMissed() throws {
        let report = try JSONValue(
            parsing: Array(#"{"cost_mean": 7, "channels": {"b": 2}, "cost_mean.speed": 1}"#.utf8))
        func violation(_ text: String) throws -> Double? {
            try FigureCondition(text).violation { $0 == "evaluation" ? report : nil }
        }
        #expect(try violation("evaluation.cost_mean <= 5") == 2)
        #expect(try violation("5 >= evaluation.cost_mean") == 2)
        #expect(try violation("evaluation.cost_mean >= evaluation.channels.b") == 0)
        #expect(try violation("evaluation.cost_mean.speed <= 0.5") == 0.5)
        #expect(try violation("evaluation.missing <= 5") == nil)
        #expect(try violation("manifest.step <= 5") == nil)
    }
}
