import Assurance

extension RunDirectory {
    /// Enters what an algorithm claims of its policy into the run's ledger; a claim that is there already is not repeated.
    ///
    /// - Parameter claims: about the policy of the newest checkpoint.
    /// - Throws: `CheckpointError`, `StorageError`; `AlteredEvidence`.
    public func state(_ claims: [Claim]) throws {
        guard !claims.isEmpty else { return }
        try state(claims, of: try newestCheckpoint(), by: .train)
    }

    /// Enters claims about one of the run's policies into the run's ledger; a claim that is there already is not repeated.
    ///
    /// - Parameters:
    ///   - claims: their subject is filled in; data that a claim names stay.
    ///   - checkpoint: one of the run's.
    ///   - author: which command makes them.
    /// - Throws: `StorageError`; `AlteredEvidence`.
    public func state(_ claims: [Claim], of checkpoint: CheckpointReader, by author: ClaimLine.Author) throws
    {
        let ledger = try ClaimLedger(of: path)
        for var claim in claims {
            var subject = ClaimSubject(checkpoint, of: self)
            subject.data = claim.subject.data ?? subject.data
            claim.subject = subject
            try ledger.append(ClaimLine(author, claim, look: nil, of: subject, file: nil))
        }
    }
}
