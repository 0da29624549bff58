extension GuardianRecord {
    /// The guardian that this record was made of; its scores are equal bit for bit, on the same machine.
    ///
    /// - Parameter model: for a guardian by disagreement, the model that it was made with.
    /// - Returns: a guardian of this kind.
    /// - Throws: `GuardianError.malformed`, also for a kind that is not known or a model that is missing.
    public func guardian(of model: (any Disagreeing)? = nil) throws -> any SupportGuardian {
        switch kind {
        case PSoSGuardian.kind: return try PSoSGuardian(from: self)
        case ChristoffelGuardian.kind: return try ChristoffelGuardian(from: self)
        case DensityGuardian.kind: return try DensityGuardian(from: self)
        case NeighbourGuardian.kind: return try NeighbourGuardian(from: self)
        case CountGuardian.kind: return try CountGuardian(from: self)
        case EnsembleGuardian.kind:
            guard let model else { throw malformed("it needs the model that it was made with") }
            return try EnsembleGuardian(from: self, of: model)
        default: throw malformed("no method of that name")
        }
    }
}
