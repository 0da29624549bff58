/// Whether a run may be trained for more updates than it was started with.
public enum TrainingGrowth: Equatable, Sendable {
    /// An update does not depend on how many there will be.
    case allowed
    /// It does, or may; the reason in words.
    case refused(String)
}

extension RunDirectory {
    /// How the configuration of a run that goes on differs from that it was started with.
    struct Change: Equatable {
        /// Values at the start, as JSON texts, of keys that name files which have moved.
        var moved: [String: String]
        /// Whether there are more updates to take.
        var isLonger = false
    }

    /// The key that says how long a run trains.
    static let stepsKey = "schedule.steps"

    /// Whether a run that goes on trains longer, or on files at another place, than its `config.resolved.json` says.
    public func isChanged(by description: RunDescription) -> Bool {
        guard let change = try? change(to: description) else { return false }
        return change.isLonger || isStoredOtherwise(than: description)
    }

    /// Whether `config.resolved.json` has to be written anew.
    ///
    /// A list of files that may be learned from counts, though it is part of no fingerprint: who names one when a run goes on means it for later, too.
    private func isStoredOtherwise(than description: RunDescription) -> Bool {
        func list(_ resolved: String?) -> String {
            (try? JSONValue(parsing: Array((resolved ?? "").utf8)))?["data"]?["allow"]?.string ?? ""
        }
        return storedFingerprint(description, isRespelled: true)?.values != description.fingerprint.values
            || list(try? resolvedConfiguration()) != list(description.resolvedConfiguration)
    }

    /// A value as the run was started with it, as a JSON text; nil for a key that it does not have.
    public func startedValue(of key: String) throws -> String? {
        try manifest.moved?[key] ?? ConfigurationFingerprint(resolved: resolvedConfiguration()).values[key]
    }

    /// Takes over what may change, or says what may not.
    ///
    /// - Throws: `RunError.otherConfiguration` with every difference, or `.otherData`.
    func adopt(_ description: RunDescription) throws {
        let change = try change(to: description)
        guard description.data.sha256 == manifest.data.sha256 else {
            throw RunError.otherData(
                path: path, started: manifest.data.sha256, given: description.data.sha256)
        }
        var continued = manifest
        continued.data.path = description.data.path
        continued.moved = change.moved.isEmpty ? nil : change.moved
        if change.isLonger { continued.finished = false }
        let isOther = isStoredOtherwise(than: description)
        let hash = description.fingerprint.replacing(change.moved).hash
        // What is written anew is written in the keys of this version, whichever the run was started with.
        if isOther && hash != manifest.configuration {
            continued.earlier = (manifest.earlier ?? []) + [manifest.configuration]
            continued.configuration = hash
        }
        guard continued != manifest || isOther else { return }
        // The manifest first: it accepts the old file beside it, and the old one would not accept a new file.
        manifest = continued
        try writeManifest()
        if isOther {
            try operations.replaceFile(
                resolvedConfigurationPath, with: Array(description.resolvedConfiguration.utf8))
        }
    }

    /// What the run stored: as it was written and hashed, or said in the keys of this version.
    private func storedFingerprint(
        _ description: RunDescription, isRespelled: Bool = false
    ) -> ConfigurationFingerprint? {
        guard let written = try? resolvedConfiguration(),
            let text = isRespelled ? description.respelling(written) : written
        else { return nil }
        return try? ConfigurationFingerprint(resolved: text, changeable: description.fingerprint.ignored)
    }

    private func change(to description: RunDescription) throws(RunError) -> Change {
        var change = Change(moved: manifest.moved ?? [:])
        let now = description.fingerprint.replacing(change.moved)
        if now.hash == manifest.configuration { return change }
        let started = storedFingerprint(description, isRespelled: true)?.replacing(change.moved)
        func refuse(_ differences: [String]) -> RunError {
            .otherConfiguration(
                path: path,
                differences: differences.isEmpty ? ["config.resolved.json was changed"] : differences)
        }
        if manifest.earlier?.contains(now.hash) == true {
            throw refuse(["\(Self.stepsKey) was raised, and the process died then; name it again with --set"])
        }
        guard let written = storedFingerprint(description)?.replacing(change.moved),
            written.hash == manifest.configuration, let started
        else { throw refuse(started.map { now.differences(from: $0) } ?? []) }
        let keys = now.differingKeys(from: started)
        guard keys.allSatisfy({ $0 == Self.stepsKey || description.movable.contains($0) }) else {
            throw refuse(now.differences(from: started))
        }
        for key in keys where description.movable.contains(key) { change.moved[key] = started.values[key] }
        if keys.contains(Self.stepsKey) {
            let steps = (
                now.values[Self.stepsKey].flatMap { Int($0) },
                started.values[Self.stepsKey].flatMap { Int($0) }
            )
            guard let more = steps.0, let fewer = steps.1, more > fewer else {
                throw refuse(now.differences(from: started))
            }
            if case .refused(let reason) = description.growth {
                throw refuse(now.differences(from: started) + ["it cannot be trained longer: \(reason)"])
            }
            change.isLonger = true
        }
        return change
    }
}
