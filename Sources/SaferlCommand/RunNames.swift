import SafeRL

// What the names in a configuration stand for.
extension ResolvedRun {
    /// Checks every name, so that a mistyped one is found before anything is opened.
    ///
    /// - Throws: `ConfigurationError` with the place of the name.
    func checkNames(in registry: Registry) throws(ConfigurationError) {
        _ = try environment(in: registry)
        let place = try evaluationEnvironment(in: registry)
        if place == nil && run.evaluation.interval > 0 {
            throw error(
                "evaluation.interval",
                "no environment to evaluate in. Name one in \"environment\", or write 0.")
        }
        _ = try namedTask()
    }

    /// Asks for consent to run code that only a run's folder names.
    ///
    /// - Parameters:
    ///   - registry: what the names stand for.
    ///   - named: keys whose values the user has just named.
    ///   - remedy: what to add to the command line.
    /// - Throws: `ConfigurationError` with the place of the first such name.
    func requireConsent(
        in registry: Registry, except named: [String] = [], remedy: (NamedEnvironment) -> String
    ) throws(ConfigurationError) {
        for key in ["environment", evaluationKey] where !named.contains(key) {
            let name = key == "environment" ? run.environment : run.evaluation.environment
            guard let found = try environment(named: name, at: key, in: registry), found.runsNamedCode
            else { continue }
            throw error(
                key,
                "is code that would be run, and only this folder names it. "
                    + "If you trust that code, add \(remedy(found)).")
        }
    }

    /// Whether `requireConsent` would refuse.
    func needsConsent(in registry: Registry) -> Bool {
        do { try requireConsent(in: registry) { _ in "" } } catch { return true }
        return false
    }

    /// The environment that data are collected from; `nil` when the configuration names none.
    ///
    /// - Throws: `ConfigurationError` with the place of the name when there is no such environment.
    func environment(in registry: Registry) throws(ConfigurationError) -> NamedEnvironment? {
        try environment(named: run.environment, at: "environment", in: registry)
    }

    /// Where the policy is judged; `nil` when the configuration names nothing.
    ///
    /// - Throws: `ConfigurationError` with the place of the name when there is no such environment.
    func evaluationEnvironment(in registry: Registry) throws(ConfigurationError) -> NamedEnvironment? {
        if run.evaluation.environment.isEmpty { return try environment(in: registry) }
        return try environment(named: run.evaluation.environment, at: evaluationKey, in: registry)
    }

    /// The key that decides where the policy is judged.
    var evaluationKey: String {
        run.evaluation.environment.isEmpty ? "environment" : "evaluation.environment"
    }

    private func environment(
        named name: String, at key: String, in registry: Registry
    ) throws(ConfigurationError) -> NamedEnvironment? {
        if name.isEmpty { return nil }
        do { return try registry.environment(named: name) } catch let fault as UnknownName {
            throw error(key, fault.reason)
        } catch { throw self.error(key, "\(error)") }
    }

    /// Names keys of the algorithm's options in what is thrown of them, as they stand in the file.
    func namingKeys<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let issue as OptionIssue {
            throw error("\(algorithm).\(issue.key)", issue.message)
        }
    }

    /// The DSRL task that `data.task` names by its id; `nil` for `auto` and `none`.
    private func namedTask() throws(ConfigurationError) -> DSRLTask? {
        if ["auto", "none"].contains(run.data.task) { return nil }
        do throws(UnknownTask) { return try DSRLTask.named(run.data.task) } catch {
            let remedy = error.suggestion.map { "Did you mean \"\($0)\"?" }
            throw self.error(
                "data.task",
                "unknown DSRL task. \(remedy ?? "Names are ids such as \"OfflineBallRun-v0\", or \"auto\" or \"none\".")"
            )
        }
    }

    /// The DSRL task whose constants this run uses; `nil` for none.
    ///
    /// - Parameters:
    ///   - observation: floats in an observation of the data.
    ///   - action: floats in an action.
    /// - Returns: the task that `data.task` names, or that the file's name tells if its sizes fit.
    /// - Throws: `ConfigurationError` when the task that is named has other sizes, or rewards need one and there is none.
    func task(fitting observation: Int, _ action: Int) throws(ConfigurationError) -> DSRLTask? {
        func fits(_ task: DSRLTask) -> Bool {
            task.observationSize == observation && task.actionSize == action
        }
        let file = oneLine(run.data.file)
        if let task = try namedTask() {
            if fits(task) { return task }
            throw error(
                "data.task",
                "its observations have \(task.observationSize) and its actions \(task.actionSize) values, those of "
                    + "\(file) \(observation) and \(action). Name the task of the file, or write \"none\".")
        }
        if run.data.task == "auto", let task = DSRLTask.inferred(fromFileName: run.data.file), fits(task) {
            return task
        }
        if run.data.rewards == .task {
            throw error(
                "data.rewards",
                "\"task\" needs a DSRL task, which the name of \(file) does not tell. Name it in data.task, or write \"recorded\"."
            )
        }
        return nil
    }

    /// The constants of normalised scores, where the task has them.
    func constants(of task: DSRLTask?) -> TaskConstants? {
        task.map {
            TaskConstants(
                minimumReturn: $0.rewardRange.lowerBound, maximumReturn: $0.rewardRange.upperBound,
                costLimit: run.evaluation.costLimit < 0 ? $0.strictCostLimit : run.evaluation.costLimit)
        }
    }
}

/// A word as a shell takes it: in quotation marks where it has characters that mean something there.
func shellWord(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-:./=+,@%".contains($0)) }
    return isPlain && !text.isEmpty ? text : "'" + oneLine(text).replacing("'", with: "'\\''") + "'"
}
