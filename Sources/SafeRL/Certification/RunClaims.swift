import Assurance

extension RunDirectory {
    /// Enters what an algorithm claims of its policy into the run's ledger; a claim that is there already is not repeated.
    ///
    /// - Parameter claims: about the policy of the newest checkpoint.
    /// - Throws: `CheckpointError`, `StorageError`; `AlteredEvidence`.
    public func state(_ claims: [Claim]) throws {
        guard !claims.isEmpty else { return }
        let subject = ClaimSubject(try newestCheckpoint(), of: self)
        let ledger = try ClaimLedger(of: path)
        for var claim in claims {
            claim.subject = subject
            try ledger.append(ClaimLine(.train, claim, look: nil, of: subject, file: nil))
        }
    }
}
