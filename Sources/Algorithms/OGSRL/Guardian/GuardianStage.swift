import Dynamics
import Guardians
import SafeRL
import Synchronization

/// The guardian being fitted: nothing, a fit under way, or a guardian.
struct GuardianStage {
    /// The fit of psos, which takes many updates.
    private(set) var fit: PSoSFit?
    /// What was fitted; nil before, and for good where there is none.
    private(set) var guardian: (any SupportGuardian)?
    private let options: OGSRL.Configuration
    private let points: GuardianData?
    private let data: ModelData
    /// Steps of the fit of psos in one update.
    private static let portion = 200
    /// Steps after which it is asked whether to go on: a divisor of `portion`.
    private static let piece = 20

    /// Chooses the points to fit on.
    ///
    /// - Throws: `GuardianError`.
    init(_ options: OGSRL.Configuration, _ data: ModelData, seed: UInt64) throws {
        (self.options, self.data) = (options, data)
        guard options.guardian != .none else {
            points = nil
            return
        }
        let all = data.observations.joined(data.actions)
        let features = GuardianFeatures(named: data.variables.all)
        points =
            options.guardian.calibrationShare > 0
            ? try GuardianData(
                points: all, episodes: data.episodeRows, holdingOut: options.guardian.calibrationShare,
                seed: seed,
                features: features)
            : try GuardianData(points: all, features: features)
    }

    /// Updates that the stage may take.
    static func updates(_ options: OGSRL.Configuration) -> Int {
        switch options.guardian {
        case .none: 0
        case .psos(let own): own.updates
        default: 1
        }
    }

    /// Whether nothing is left to fit.
    var isComplete: Bool { guardian != nil || points == nil }

    /// One portion of the fit.
    ///
    /// - Parameters:
    ///   - ensemble: what members of the guardian `disagreement` disagree in.
    ///   - goOn: called now and then; what it throws ends the update.
    /// - Returns: the optimality gap; 0 for methods without one.
    /// - Throws: `GuardianError`; what `goOn` throws, with everything as before.
    mutating func update(
        _ ensemble: (() throws -> EnsembleDynamics)?, asking goOn: () throws -> Void
    ) throws -> Double {
        guard guardian == nil, let points = try fit == nil ? resolved(ensemble) : points else { return 0 }
        switch options.guardian {
        case .none: return 0
        case .psos(let own):
            var fit = try self.fit ?? PSoSFit(configuration(own), to: points)
            for _ in 0..<Self.portion / Self.piece {
                try goOn()
                try fit.advance(iterations: Self.piece)
            }
            self.fit = fit
            if fit.isConverged { guardian = try fit.guardian() }
            return fit.gap.isFinite ? fit.gap : 1
        case .christoffel(let own):
            var chosen = ChristoffelGuardian.Configuration()
            (chosen.polynomial.degree, chosen.threshold) = (own.degree, threshold(own.outsideShare))
            guardian = try ChristoffelGuardian(chosen, fittedTo: points)
        case .kde(let own):
            var chosen = DensityGuardian.Configuration()
            (chosen.bandwidth, chosen.threshold) = (own.bandwidth, threshold(own.outsideShare))
            guardian = try DensityGuardian(chosen, fittedTo: points)
        case .neighbours(let own):
            var chosen = NeighbourGuardian.Configuration()
            (chosen.neighbours, chosen.threshold) = (own.neighbours, threshold(own.outsideShare))
            guardian = try NeighbourGuardian(chosen, fittedTo: points)
        case .count(let own):
            var chosen = CountGuardian.Configuration()
            chosen.visits = own.visits
            guardian = try CountGuardian(chosen, fittedTo: points)
        case .disagreement(let own):
            guard let ensemble else { preconditionFailure("a disagreement without an ensemble") }
            var chosen = EnsembleGuardian.Configuration()
            chosen.threshold = threshold(own.outsideShare)
            guardian = try EnsembleGuardian(
                chosen, of: DisagreeingEnsemble(try ensemble()), fittedTo: points)
        }
        return 0
    }

    /// The points, told apart no finer than the ensemble predicts them where that is asked for.
    private func resolved(_ ensemble: (() throws -> EnsembleDynamics)?) throws -> GuardianData? {
        guard let points, options.resolvesAsModel, let ensemble else { return points }
        // Actions are what the policy says they are.
        return points.resolving(
            try ensemble().stepErrors(in: data) + data.variables.actions.map { _ in 0 })
    }

    private func threshold(_ share: Double) -> GuardianThreshold {
        options.guardian.calibrationShare > 0 ? .conformal(alpha: share) : .quantile(alpha: share)
    }

    private func configuration(_ own: OGSRL.Guardian.SublevelSet) -> PSoSGuardian.Configuration {
        var chosen = PSoSGuardian.Configuration()
        (chosen.polynomial.degree, chosen.trimming) = (own.degree, own.outsideShare)
        if own.calibrationShare > 0 { chosen.threshold = threshold(own.outsideShare) }
        return chosen
    }

    // MARK: Storing

    /// Of its record in a checkpoint.
    static let name = "guardian"

    /// Stores the guardian or the fit that is under way.
    func save(to checkpoint: inout CheckpointWriter) throws {
        if let guardian { return try checkpoint.store(Self.name, try guardian.encoded()) }
        if let fit { try checkpoint.store(Self.name, try fit.encoded()) }
    }

    /// Restores what `save` stored.
    ///
    /// - Parameters:
    ///   - checkpoint: holds it.
    ///   - ensemble: what members of the guardian `disagreement` disagree in.
    /// - Throws: `CheckpointError`, `GuardianError`.
    mutating func load(
        from checkpoint: CheckpointReader, _ ensemble: (() throws -> EnsembleDynamics)?
    ) throws {
        guard let record = try checkpoint.guardianRecord(Self.name), points != nil else { return }
        if record.kind == PSoSGuardian.kind + ".fit" {
            guard case .psos(let own) = options.guardian else {
                throw checkpoint.unsound(
                    Self.name, UnsoundValue("a fit of psos, which the run does not have"))
            }
            guard let points = try resolved(ensemble) else { return }
            do throws(GuardianError) {
                fit = try PSoSFit(resuming: record, on: points, configured: configuration(own))
            } catch { throw Self.unsound(error, in: checkpoint) }
        } else {
            guardian = try Self.guardian(record, in: checkpoint, ensemble)
        }
    }

    /// The guardian in a checkpoint; nil where none was fitted.
    static func guardian(
        in checkpoint: CheckpointReader, _ ensemble: (() throws -> EnsembleDynamics)?
    ) throws -> (any SupportGuardian)? {
        guard let record = try checkpoint.guardianRecord(name), record.kind != PSoSGuardian.kind + ".fit"
        else { return nil }
        return try guardian(record, in: checkpoint, ensemble)
    }

    private static func guardian(
        _ record: GuardianRecord, in checkpoint: CheckpointReader,
        _ ensemble: (() throws -> EnsembleDynamics)?
    ) throws -> any SupportGuardian {
        do {
            guard record.kind == EnsembleGuardian.kind, let ensemble else { return try record.guardian() }
            return try EnsembleGuardian(from: record, of: DisagreeingEnsemble(try ensemble()))
        } catch let error as GuardianError {
            throw unsound(error, in: checkpoint)
        }
    }

    private static func unsound(_ error: GuardianError, in checkpoint: CheckpointReader) -> CheckpointError {
        // The remedy for a guardian that is asked for comes after the cause; a checkpoint has its own.
        let text = error.description
        let end = text.firstRange(of: ". ")?.lowerBound ?? text.endIndex
        return checkpoint.unsound(name, UnsoundValue(String(text[..<end])))
    }
}

/// An ensemble as the guardian of disagreement asks it; one question at a time, because its tape is shared.
final class DisagreeingEnsemble: Disagreeing {
    let pointSize: Int
    private let states: Int
    private let model: Mutex<EnsembleDynamics>

    init(_ model: sending EnsembleDynamics) {
        (pointSize, states) = (model.variables.all.count, model.variables.observations.count)
        self.model = Mutex(model)
    }

    func disagreement(about points: Matrix) throws -> [Double] {
        let (s, a) = (
            points.columns(at: Array(0..<states)), points.columns(at: Array(states..<pointSize))
        )
        return try model.withLock { try $0.disagreement(s, a) }
    }
}

extension ModelData {
    /// The rows of each episode, in order.
    var episodeRows: [Range<Int>] {
        let starts = firstRows
        return starts.indices.map { starts[$0]..<($0 + 1 < starts.count ? starts[$0 + 1] : count) }
    }
}

extension CheckpointWriter {
    /// A record's arrays as rows of `Double` under `name.array`, the rest as a value.
    mutating func store(_ name: String, _ record: GuardianRecord) throws {
        for array in record.arrays { store("\(name).\(array.name)", numbers: array.values) }
        try store(
            name,
            StoredRecord(
                kind: record.kind, metadata: record.metadata, names: record.arrays.map(\.name),
                shapes: record.arrays.map(\.shape)))
    }
}

extension CheckpointReader {
    /// A record that was stored; nil where none was.
    func guardianRecord(_ name: String) throws -> GuardianRecord? {
        guard let stored = try optionalValue(name, as: StoredRecord.self) else { return nil }
        guard Set(stored.names).count == stored.names.count, stored.names.count == stored.shapes.count else {
            throw unsound(name, UnsoundValue("its arrays have no name and no shape each"))
        }
        let arrays = try zip(stored.names, stored.shapes).map { array, shape in
            let values = try numbers("\(name).\(array)")
            guard shape.allSatisfy({ 0...(1 << 31) ~= $0 }), shape.count <= 2,
                shape.reduce(1, *) == values.count
            else {
                throw CheckpointError.otherShape(
                    "\(name).\(array)", path: path, stored: [values.count], wanted: shape)
            }
            return GuardianRecord.NumberArray(array, shape: shape, values)
        }
        return GuardianRecord(kind: stored.kind, arrays: arrays, metadata: stored.metadata)
    }
}

private struct StoredRecord: Codable {
    var kind, metadata: String
    var names: [String]
    var shapes: [[Int]]
}
