import Rules
import Storage
import Testing

@Suite struct RuleGameGoldenTests {
    private func names(_ events: [TraceEvent], _ rules: RuleFile) -> [String] {
        events.map { rules.events[$0.event].name }
    }

    private func names(_ events: JSONValue?) -> [String] {
        (events?.elements ?? []).compactMap { $0["name"]?.string }
    }

    @Test func deadEndsAreTheShortest() throws {
        for row in try GoldenGuard.rows("deadlock.json") {
            let rules = try RuleFile(row["rules"]?.string ?? "", name: "a.rules")
            let found = try RuleGame(rules).deadEnd(within: row["depth"]?.number?.int ?? 0)
            let length = row["length"]?.number?.int
            #expect(found?.trace.count == length, "\(row["rules"]?.string ?? "")")
            guard let found, length != nil else { continue }
            #expect(
                found.trace.map { names($0, rules) }
                    == (row["trace"]?.elements ?? []).map { names($0["events"]) })
            #expect(names(found.observed, rules) == names(row["observed"]))
        }
    }

    @Test func survivalAndFirstChoicesAreTheGoldenOnes() throws {
        for row in try GoldenGuard.rows("deadlock.json") {
            let rules = try RuleFile(row["rules"]?.string ?? "", name: "a.rules")
            let game = try RuleGame(rules)
            let wanted = (row["survives"]?.elements ?? []).compactMap(\.bool)
            #expect((1...4).map { game.survives($0) } == wanted)
            for observed in game.observations {
                let name = observed.isEmpty ? "quiet" : names(observed, rules)[0]
                let choices = game.firstChoices(after: observed, surviving: 4).map {
                    game.choices[$0].isEmpty ? "none" : names(game.choices[$0], rules)[0]
                }
                let wanted = (row["first_choices"]?[name]?.elements ?? []).compactMap(\.string)
                #expect(choices == wanted, "\(name)")
            }
            for (name, kind) in (row["classes"]?.members ?? []).map({ ($0.key, $0.value.string) }) {
                #expect(rules.rules.first { $0.name == name }?.kind.rawValue == kind)
            }
        }
    }

    @Test func aSolutionAgreesWithSurvivalForManySteps() throws {
        for row in try GoldenGuard.rows("deadlock.json") {
            let game = try RuleGame(try RuleFile(row["rules"]?.string ?? "", name: "a.rules"))
            let solution = try game.solve()
            #expect(solution.isWon == game.survives(12))
            #expect((solution.spoiling == nil) == solution.isWon && solution.winning <= solution.states)
        }
    }

    @Test func whatCannotBeListedIsRefused() throws {
        let signal = try RuleFile(
            "rules 1\nsignal x = action[0]\nrule a: x > 1", name: "a.rules")
        #expect(throws: RuleGameError.infinite("signal x")) { try RuleGame(signal) }
        let text = try RuleFile("rules 1\ncall c(k: text)\nrule a: not c(k: \"1\")", name: "a.rules")
        #expect(throws: RuleGameError.infinite("c's k")) { try RuleGame(text) }
    }
}
