import Tensors

/// What an ensemble must know beside its weights: names, sizes and scales.
public struct EnsembleDescription: Codable, Equatable, Sendable {
    /// Names and order of the columns.
    public let variables: ModelVariables
    /// Names of what is predicted beside the next state.
    public let heads: [String]
    /// Of each network.
    public let sizes: GaussianNetwork.Sizes
    /// Scale of (s, a).
    public let inputScale: ColumnScale
    /// Scale of (s' − s, heads).
    public let targetScale: ColumnScale

    /// Fits the scales on the training rows.
    init(_ data: ModelData, rows: [Int], heads: [EnsembleHead], hidden: [Int]) throws(DynamicsError) {
        variables = data.variables
        let names = heads.map(\.name)
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw .repeatedName(names[twice], of: "heads")
        }
        self.heads = names
        for head in heads {
            guard head.values.count == data.count else {
                throw .unequalLengths(column: head.name, rows: head.values.count, expected: data.count)
            }
            if let row = head.values.firstIndex(where: { !$0.isFinite }) {
                throw .notFinite(column: head.name, row: row)
            }
        }
        let pairs = Self.rawPairs(data, rows, heads)
        inputScale = ColumnScale(.standard, of: pairs.inputs)
        targetScale = ColumnScale(.standard, of: pairs.targets)
        sizes = .init(inputs: pairs.inputs.columns, outputs: pairs.targets.columns, hidden: hidden)
    }

    /// Scaled inputs and targets of some rows.
    func pairs(_ data: ModelData, _ rows: [Int], _ heads: [EnsembleHead]) throws(DynamicsError) -> (
        inputs: Matrix, targets: Matrix
    ) {
        let raw = Self.rawPairs(data, rows, heads)
        return (inputScale(raw.inputs), targetScale(raw.targets))
    }

    private static func rawPairs(_ data: ModelData, _ rows: [Int], _ heads: [EnsembleHead]) -> (
        inputs: Matrix, targets: Matrix
    ) {
        let states = data.observations.rows(at: rows)
        var targets = data.nextObservations.rows(at: rows)
        for at in targets.elements.indices { targets.elements[at] -= states.elements[at] }
        for head in heads { targets = targets.joined(Matrix(rows.count, 1, rows.map { head.values[$0] })) }
        return (states.joined(data.actions.rows(at: rows)), targets)
    }
}

extension EnsembleDescription {
    /// What no fit leaves behind, as half a sentence; nil for a sound description, as one from a file need not be.
    public var fault: String? {
        if variables.observations.isEmpty || variables.actions.isEmpty { return "it has no variables" }
        let (inputs, outputs) = (variables.all.count, variables.observations.count + heads.count)
        if sizes.inputs != inputs || sizes.outputs != outputs {
            return
                "networks of \(sizes.inputs) inputs and \(sizes.outputs) outputs for \(inputs) and \(outputs) columns"
        }
        if max(inputs, outputs) > 1 << 20 || sizes.hidden.count > 64
            || !sizes.hidden.allSatisfy({ 1...(1 << 20) ~= $0 })
        {
            return "networks of widths \(sizes.hidden)"
        }
        let isScaled = inputScale.fits(inputs) && targetScale.fits(outputs)
        return isScaled ? nil : "its scales are not those of its columns"
    }
}

extension ColumnScale {
    /// Whether these are a finite centre and a finite width above 0 for each of so many columns.
    fileprivate func fits(_ columns: Int) -> Bool {
        centres.count == columns && widths.count == columns && centres.allSatisfy(\.isFinite)
            && widths.allSatisfy { $0.isFinite && $0 > 0 }
    }
}
