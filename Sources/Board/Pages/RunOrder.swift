/// Which runs a list shows, and in which order, as its address says.
struct RunOrder: Equatable {
    /// What a list can be sorted by.
    enum Column: String, CaseIterable {
        case name, algorithm, subject, step, state
        case meanReturn = "return"
        case meanCost = "cost"
        case age, tags

        /// The head of the column.
        var title: String {
            switch self {
            case .name: "Run"
            case .step: "Updates"
            default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
            }
        }
    }

    let column: Column
    let isDown: Bool
    /// Words that a run has to have, all of them.
    let words: String

    /// Reads an address; without a word in it the youngest run is first.
    init(_ query: BoardQuery) {
        column = query["sort"].flatMap(Column.init) ?? .age
        isDown = query["down"] == "1"
        words = query["q"] ?? ""
    }

    /// The address of the list by a column: in rising order, and in falling order where it is that already.
    func path(by column: Column) -> String {
        let turns = column == self.column && !isDown
        let search = words.isEmpty ? "" : "&q=\(URLCoding.encoded(words))"
        return "/?sort=\(column.rawValue)\(turns ? "&down=1" : "")\(search)"
    }

    /// The runs that are shown, in order; those that a column says nothing of are last, equal ones by name.
    func sorted(_ runs: [BoardRun]) -> [BoardRun] {
        let wanted = words.lowercased().split(separator: " ")
        let shown = runs.filter { run in
            guard !wanted.isEmpty else { return true }
            let facts = run.facts
            let text = ([run.name, facts.algorithm ?? "", facts.subject ?? "", facts.state] + facts.tags)
                .joined(separator: "\n").lowercased()
            return wanted.allSatisfy(text.contains)
        }
        return shown.map { ($0, Key($0, column)) }.sorted { one, other in
            if one.1.isMissing != other.1.isMissing { return other.1.isMissing }
            if one.1 == other.1 { return one.0.name < other.0.name }
            return isDown ? other.1 < one.1 : one.1 < other.1
        }.map(\.0)
    }

    private enum Key: Comparable {
        case number(Double)
        case text(String)

        init(_ run: BoardRun, _ column: Column) {
            let facts = run.facts
            self =
                switch column {
                case .name: .text(run.name)
                case .algorithm: .text(facts.algorithm ?? "")
                case .subject: .text(facts.subject ?? "")
                case .state: .text(facts.state)
                case .tags: .text(facts.tags.joined(separator: " "))
                case .step: .number(facts.step.map(Double.init) ?? .nan)
                case .meanReturn: .number(facts.meanReturn ?? .nan)
                case .meanCost: .number(facts.meanCost ?? .nan)
                // The younger has the lesser age.
                case .age: .number(facts.started.map { -$0 } ?? .nan)
                }
        }

        var isMissing: Bool {
            switch self {
            case .number(let value): value.isNaN
            case .text(let text): text.isEmpty
            }
        }
    }
}
