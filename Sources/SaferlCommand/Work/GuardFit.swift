import ArgumentParser
import Foundation
import Guardians
import SafeRL
import ShippedConfigurations

/// What `--guard` fits: a guardian on the data that a run has learned from.
struct GuardFit {
    let fit: GuardianFit

    /// The names that `--guard` takes.
    static var words: String { GuardianFit.Kind.allCases.map(\.rawValue).joined(separator: ", ") }

    static func kind(_ name: String) throws -> GuardianFit.Kind {
        if let kind = GuardianFit.Kind(rawValue: name) { return kind }
        let known = GuardianFit.Kind.allCases.map(\.rawValue) + ruleFiles(near: name)
        throw ValidationError(
            "no guardian, and no file of rules, whose name ends in .rules. "
                + suggestion(for: name, among: known, called: "guardians and rules"))
    }

    /// Files of rules that may have been meant: those beside it, and those that are shipped.
    private static func ruleFiles(near path: String) -> [String] {
        let folder = (path as NSString).deletingLastPathComponent
        let beside =
            (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        let own = beside.filter { $0.hasSuffix(".rules") }.sorted()
        return own.map { folder.isEmpty ? $0 : folder + "/" + $0 }
            + ShippedConfigurations.rules.keys.sorted().filter { folder.isEmpty && !own.contains($0) }
    }

    /// Opens the data of a run and fits; nothing where no guard is asked for.
    ///
    /// - Throws: `DatasetError`, `GuardianError`; `RunError.otherData` where the data are no longer those of the run.
    init?(
        _ acting: ActingArguments, _ run: RunDirectory, _ resolved: ResolvedRun<some Defaulted>,
        in registry: Registry
    ) throws {
        guard let kind = acting.guardian else { return nil }
        try self.init(kind, alpha: acting.guardAlpha, run, resolved, in: registry)
    }

    /// Opens the data of a run and fits.
    ///
    /// - Throws: as the other one.
    init(
        _ kind: GuardianFit.Kind, alpha: Double, _ run: RunDirectory, _ resolved: ResolvedRun<some Defaulted>,
        in registry: Registry
    ) throws {
        let data = try RunData(resolved, in: registry, earlier: run.manifest.data.path).dataset
        guard data.identity == run.manifest.data.sha256 else {
            throw RunError.otherData(
                path: run.path, started: run.manifest.data.sha256, given: data.identity)
        }
        do { fit = try GuardianFit(kind, alpha: alpha, to: data) } catch let error
            as GuardianError
        {
            guard case .tooFewEpisodes(let heldOut, _, let alpha) = error else { throw error }
            throw UnshownGuardRate(alpha, heldOut: heldOut)
        }
    }

    /// Guards a policy.
    ///
    /// - Returns: the policy, and what tells afterwards what the guard did.
    /// - Throws: `GuardianError.otherSize`.
    func guarding(_ policy: any Policy) throws -> (any Policy, () -> GuardSummary) {
        let log = GuardLog()
        return (try fit.guarding(policy, log: log), { [fit] in fit.summary(of: log) })
    }

    /// What tells a guarded policy from another, for certificates.
    var settings: [String: String] {
        var settings = ["guard": fit.kind.rawValue]
        if fit.kind != .count { settings["guard alpha"] = "\(fit.alpha)" }
        return settings
    }
}

/// A rate of false alarms that the data's episodes are too few to show.
struct UnshownGuardRate: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ alpha: Double, heldOut: Int) {
        let least = (1000 / Double(heldOut + 1)).rounded(.up) / 1000
        description =
            "--guard-alpha \(alpha): \(heldOut) of the data's episodes are held out, which show no rate below \(least). Give at "
            + "least \(least), or choose --guard count where observations repeat."
    }
}
