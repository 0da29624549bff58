import Foundation
import SafeRL
import ShippedConfigurations
import Sweeps

/// What `saferl sweep` does.
struct SweepWork {
    let file: String
    let out: String?
    let jobs: Int
    /// What jobs of SLURM ask for; nothing for processes of this machine.
    let slurm: SlurmOptions?
    let isDry: Bool
    let registry: Registry

    func run() throws {
        let plan = try SweepPlan(try fileContents(file, limit: 10_000_000), of: file)
        try check(plan)
        let folder = out ?? "Checkpoints/" + Self.name(of: file)
        if isDry { return try Output.write(summary(plan, folder)) }
        try SystemFiles().makeDirectories(folder)
        let lock = try Self.lock(folder)
        try withExtendedLifetime(lock) {
            let study = try Study(
                of: plan, named: Self.name(of: file), at: SweepFolder.study(in: folder),
                created: Date().ISO8601Format())
            let launcher: any TrialLauncher =
                if let slurm { try SlurmLauncher(folder: folder, options: slurm) } else {
                    LocalLauncher(cores: Cores.allowed, jobs: jobs)
                }
            let driver = try SweepDriver(plan, study, in: folder, jobs: jobs, by: launcher)
            try conclude(try driver.run(), plan, folder, driver)
        }
    }

    private func conclude(
        _ trials: [Trial], _ plan: SweepPlan, _ folder: String, _ driver: SweepDriver
    ) throws {
        for failure in driver.failures { FileHandle.warn("trial \(failure.number): \(failure.reason)") }
        if let best = trials.best(plan.direction) {
            return try Output.write(SweepFolder.text(of: best, plan, in: folder))
        }
        if let first = driver.failures.first, driver.failures.count == trials.count { throw first.status }
        try Output.refuse(
            "no solution found: none of \(trials.count) trials keeps to all conditions", isQuiet: false)
    }

    private static func lock(_ folder: String) throws -> FileLock {
        do {
            let lock = try FileLock(folder + "/lock", .refusing)
            lock.sign()
            return lock
        } catch let other as FileLock.Held {
            let process = other.process.map { " (process \($0))" } ?? ""
            throw PlacedFault(
                .cannotCreate, at: folder,
                "another saferl sweep\(process) runs in this folder. Wait for it, stop it with saferl sweep stop, or give --out."
            )
        }
    }

    /// What the folder is called: the file's name without its ending.
    private static func name(of file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return name.hasSuffix(".json") ? String(name.dropLast(5)) : name
    }

    // MARK: Before anything is trained

    /// Finds every wrong key and value of the space: each end and each choice is resolved as `train` will.
    private func check(_ plan: SweepPlan) throws {
        let configuration = try ConfigurationFile.locate(plan.base, shipped: ShippedConfigurations.texts)
        func resolves(_ parameters: [Double]) throws {
            let overrides = SweepTrial.overrides(plan, parameters, seed: plan.seeds[0])
            let document = try RunDocument(configuration, overriding: overrides)
            try resolve(try registry.algorithm(of: document), document)
        }
        let ends = plan.space.map(Self.ends)
        let first = ends.map { $0[0] }
        try resolves(first)
        for (index, values) in ends.enumerated() {
            for value in values.dropFirst() {
                var parameters = first
                parameters[index] = value
                try resolves(parameters)
            }
        }
    }

    private func resolve<A: Algorithm>(_ type: A.Type, _ document: RunDocument) throws {
        let resolved = try document.resolve(A.Configuration.self, of: A.name, among: registry.algorithmNames)
        try resolved.checkNames(in: registry)
    }

    private static func ends(_ parameter: SearchParameter) -> [Double] {
        switch parameter.domain {
        case .real(let range, _, _): [range.lowerBound, range.upperBound]
        case .integer(let range, _, _): [Double(range.lowerBound), Double(range.upperBound)]
        case .choices(let choices): choices.indices.map(Double.init)
        }
    }

    private func summary(_ plan: SweepPlan, _ folder: String) -> String {
        let goal = "\(plan.direction.rawValue) \(plan.objective.text)"
        let conditions = plan.within.map(\.text).joined(separator: ", ")
        let script = slurm.map { options in
            let numbers = Array(0..<min(jobs, plan.trials))
            return "\n" + options.script(numbers, in: folder, program: ChildProgram.saferl)
        }
        return aligned(
            [
                ("Folder", oneLine(folder)), ("Base", oneLine(plan.base)),
                ("Search", "\(plan.sampler.rawValue), \(plan.trials) trials, \(jobs) at a time"),
                ("Goal", goal + (conditions.isEmpty ? "" : " within \(conditions)")),
                ("Seeds", plan.seeds.map { "\($0)" }.joined(separator: ", ")),
            ] + plan.space.map { (oneLine($0.name), Self.words($0.domain)) }) + (script ?? "")
    }

    private static func words(_ domain: SearchParameter.Domain) -> String {
        switch domain {
        case .real(let range, let log, let step):
            "\(range.lowerBound) to \(range.upperBound)\(log ? ", by logarithm" : "")\(step.map { ", in steps of \($0)" } ?? "")"
        case .integer(let range, let log, let step):
            "\(range.lowerBound) to \(range.upperBound), whole\(log ? ", by logarithm" : "")\(step > 1 ? ", in steps of \(step)" : "")"
        case .choices(let choices): choices.map(\.compact).joined(separator: ", ")
        }
    }
}
