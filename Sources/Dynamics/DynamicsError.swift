import Storage

/// Why a model of an environment could not be made or asked.
///
/// Every case names the place, the cause and the remedy.
public enum DynamicsError: Fault, Equatable, Sendable {
    /// There are no transitions.
    case noRows
    /// A column has another number of rows than the observations.
    case unequalLengths(column: String, rows: Int, expected: Int)
    /// A number given is NaN or infinite.
    case notFinite(column: String, row: Int)
    /// A recorded cost is below 0.
    case negativeCost(channel: String, row: Int, value: Double)
    /// A name occurs twice.
    case repeatedName(String, of: String)
    /// A part was made for other columns, or for the same ones in another order.
    case otherVariables(of: String, given: [String], expected: [String])
    /// A name is not among those present.
    case unknownName(String, present: [String])
    /// A cost channel has the name of the guardian's.
    case reservedChannel(String)
    /// The rows of an episode are not neighbours.
    case scatteredEpisode(Int, row: Int)
    /// A row in the middle of an episode says that it ended by itself.
    case endsEarly(episode: Int, row: Int)
    /// There are fewer episodes than parts to split them into.
    case tooFewEpisodes(Int, needed: Int)
    /// An option is out of its range.
    case outOfRange(option: String, value: Double, range: String)
    /// A model is asked about a state or an action with a number that is NaN or infinite.
    case divergedInput(variable: String, row: Int)
    /// A model predicts a number that is NaN or infinite.
    case divergedPrediction(of: String, row: Int)
    /// A model of a cost predicts a number below 0.
    case negativePrediction(channel: String, row: Int, value: Double)
    /// A point is so far from the recorded ones that its distance is no finite number.
    case tooFar(row: Int)
    /// A look-up by recorded row meets a model without recorded rows.
    case noProvenance(of: String)
    /// A look-up by recorded row has fewer rows than the data of the model.
    case rowOutside(of: String, row: Int, rows: Int)
    /// A table has no entry for a pair of a state and an action.
    case missingEntry(of: String, row: Int)
    /// A model has no successor for a pair, and the mode wants one.
    case unknownPair(row: Int, mode: String)
    /// A constraint has a budget below 0, or one that is not a number.
    case badBudget(constraint: String, value: Double)
    /// A constraint discounts by a factor outside (0, 1).
    case badDiscount(constraint: String, value: Double)
    /// A constraint has no cost channel of its name.
    case noChannel(constraint: String, present: [String])
    /// A mode that acts on a guardian's judgement has no guardian.
    case noGuardian(mode: String)
    /// A fallback gives actions of another size.
    case fallbackSize(name: String, given: Int, expected: Int)
    /// A fallback has no action to choose from.
    case emptyFallback(name: String)
    /// A restored training has another make-up than the stored one.
    case otherTraining(reason: String)
}

extension DynamicsError {
    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noRows, .unequalLengths, .notFinite, .negativeCost, .repeatedName, .reservedChannel,
            .scatteredEpisode, .endsEarly, .tooFewEpisodes, .otherTraining:
            .badData
        case .divergedInput, .divergedPrediction, .negativePrediction, .noProvenance, .rowOutside:
            .internalFault
        case .otherVariables, .unknownName, .outOfRange, .tooFar, .missingEntry, .unknownPair, .badBudget,
            .badDiscount, .noChannel, .noGuardian, .fallbackSize, .emptyFallback:
            .configuration
        }
    }

    /// One sentence or two: the place, the cause and the remedy.
    public var description: String {
        switch self {
        case .noRows, .unequalLengths, .notFinite, .negativeCost, .scatteredEpisode, .endsEarly,
            .tooFewEpisodes:
            "model data: \(dataCause)"
        case .repeatedName, .unknownName, .otherVariables, .reservedChannel: "names: \(nameCause)"
        case .badBudget(let name, _), .badDiscount(let name, _), .noChannel(let name, _):
            "constraint \"\(name)\": \(constraintCause)"
        case .noGuardian, .fallbackSize, .emptyFallback, .unknownPair: "guarded model: \(guardCause)"
        default: "model: \(predictionCause)"
        }
    }

    private var dataCause: String {
        switch self {
        case .noRows: "there are no transitions. Give at least one episode."
        case .unequalLengths(let column, let rows, let expected):
            "column \"\(column)\" has \(rows) rows, \"observations\" has \(expected). "
                + "All columns need one row a transition."
        case .notFinite(let column, let row):
            "column \"\(column)\", row \(row): not a finite number. "
                + "Remove the episode or repair the value."
        case .negativeCost(let channel, let row, let value):
            "cost \"\(channel)\", row \(row): \(value) is negative. "
                + "A cost counts harm, at least 0; change its sign or define it anew."
        case .scatteredEpisode(let episode, let row):
            "row \(row) belongs to episode \(episode), whose rows ended before. "
                + "Sort the rows by episode and step."
        case .endsEarly(let episode, let row):
            "row \(row) ends episode \(episode), but more rows of it follow. "
                + "Give what follows an episode of its own."
        case .tooFewEpisodes(let count, let needed):
            "\(count) episodes cannot be split into \(needed) parts. Give more episodes or fewer parts."
        default: ""
        }
    }

    private var nameCause: String {
        switch self {
        case .repeatedName(let name, let kind): "\"\(name)\" occurs twice among the \(kind). Rename one."
        case .otherVariables(let part, let given, let expected):
            "\(part) has \(given.joined(separator: ", ")), the model \(expected.joined(separator: ", ")). "
                + "Give the columns in the model's order."
        case .unknownName(let name, let present):
            "\"\(name)\" is not there. Present: \(present.isEmpty ? "nothing" : present.joined(separator: ", "))."
        case .reservedChannel(let name): "cost \"\(name)\" has the name of the guardian's channel. Rename it."
        default: ""
        }
    }

    private var constraintCause: String {
        switch self {
        case .badBudget(_, let value):
            "the budget \(value) is not a number of at least 0. Costs are never negative; give what may be spent."
        case .badDiscount(_, let value):
            "the discount \(value) is outside (0, 1). Choose a factor inside, or sum without one."
        case .noChannel(_, let present):
            "there is no cost of that name. Present: \(present.isEmpty ? "nothing" : present.joined(separator: ", "))."
        default: ""
        }
    }

    private var guardCause: String {
        switch self {
        case .noGuardian(let mode): "mode \"\(mode)\" needs a guardian. Give one, or choose mode \"off\"."
        case .fallbackSize(let name, let given, let expected):
            "fallback \"\(name)\" gives actions of \(given) numbers, the model takes \(expected). "
                + "Give one number for each variable."
        case .emptyFallback(let name): "fallback \"\(name)\" has no actions. Give at least one."
        case .unknownPair(let row, let mode):
            "the model has no successor for row \(row), and mode \"\(mode)\" goes on. "
                + "Complete unseen pairs by the nearest, or choose a mode that stops there."
        default: ""
        }
    }

    private var predictionCause: String {
        switch self {
        case .outOfRange(let option, let value, let range):
            "\(option) \(value) is outside \(range). Choose a value inside."
        case .divergedInput(let variable, let row):
            "\"\(variable)\" of row \(row) is not a finite number. The policy that gave it has diverged."
        case .divergedPrediction(let name, let row):
            "the prediction of \(name) for row \(row) is not a finite number. Guard the model or fit it again."
        case .negativePrediction(let channel, let row, let value):
            "cost \"\(channel)\" is \(value) for row \(row). A cost is at least 0; correct its rule."
        case .tooFar(let row):
            "row \(row) is so far from the data that its distance overflows. Guard the model, or scale the data."
        case .noProvenance(let name):
            "\(name) is looked up by recorded row, and the model has none. Use a rule or a regression."
        case .rowOutside(let name, let row, let rows):
            "\(name) has \(rows) recorded rows, the model points at row \(row). Use columns of the model's own data."
        case .missingEntry(let name, let row):
            "the table of \(name) has no entry for row \(row). Use a rule, or add the pair."
        case .otherTraining(let reason):
            "the stored training does not fit: \(reason). Restore it with the options and data it had."
        default: ""
        }
    }
}
