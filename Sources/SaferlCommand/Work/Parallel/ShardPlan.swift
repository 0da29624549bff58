import Parallel
import SafeRL

/// How an algorithm's updates are cut into parts.
struct ShardPlan {
    /// What is known of an algorithm whose updates can be.
    private struct Known: Sendable {
        /// Keys, below the algorithm's own, of rows that parts share.
        var rows: [String] = []
        /// Stages that the first process takes alone: what they find is nothing that parts could be summed up to.
        var alone: Set<String> = []
        /// What the parts' states have in common has names that begin so; "" for all.
        var common = ""
        /// Keys whose values leave nothing to share, or let parts go different ways, with what to write.
        var refused: [(key: String, isRefused: @Sendable (JSONValue?) -> Bool, remedy: String)] = []
    }

    private static let known: [String: Known] = [
        "bc": Known(rows: ["rows"]),
        "caps": Known(rows: ["rows"]),
        "cpq": Known(rows: ["rows"]),
        "fisor": Known(rows: ["policyRows", "criticRows"]),
        "grpo": Known(
            rows: ["fineTuning.batch", "prompts"], alone: ["test"],
            refused: [
                ("dropUniform", { $0?.bool == true }, "lets parts draw more often than others. Write false."),
                ("maskTruncated", { $0?.bool == true }, "lets parts take no step. Write false."),
            ]),
        "hcrlhf": Known(
            rows: [
                "fineTuning.batch", "preference.reward.batch", "preference.cost.batch", "candidate.batch",
                "candidate.microBatch",
            ], alone: ["test"]),
        "ogsrl": Known(
            alone: ["guardian", "cloning", "policy"], common: "model.",
            refused: [
                (
                    "model", { ($0?["kind"] ?? $0)?.string != "ensemble" },
                    "leaves nothing that processes could share. Write \"ensemble\", or parallel.shards=0."
                )
            ]),
    ]

    /// The parts of an update.
    let shards: Int
    private let known: Known

    /// Reads it off a configuration; nil where updates are whole.
    ///
    /// - Throws: `ConfigurationError` where they cannot be cut.
    init?<C: Defaulted>(_ resolved: ResolvedRun<C>, processes: Int) throws {
        shards = resolved.run.parallel.shards
        guard shards > 0 else {
            if processes <= 1 { return nil }
            throw resolved.error(
                "parallel.shards",
                "\(processes) processes would each train the same run. Write 8, or start one process.")
        }
        guard let known = Self.known[resolved.algorithm] else {
            let others = Self.known.keys.sorted().map { quoted($0) }.joined(separator: ", ")
            throw resolved.error(
                "parallel.shards",
                "\(resolved.algorithm) computes updates whole. Write 0 and start one process; parts are for \(others)."
            )
        }
        self.known = known
        guard processes <= shards && shards.isMultiple(of: processes) else {
            throw ParallelFault.unevenRanks(processes, shards: shards)
        }
        let values = resolved.resolvedJSON()[resolved.algorithm]
        for (key, isRefused, remedy) in known.refused where isRefused(values?.value(at: key)) {
            throw resolved.error("\(resolved.algorithm).\(key)", remedy)
        }
        for key in known.rows {
            let rows = values?.value(at: key)?.number?.int ?? 0
            if rows == 0 || !rows.isMultiple(of: shards) {
                throw resolved.error(
                    "\(resolved.algorithm).\(key)",
                    "\(rows) rows are not to be cut into \(shards) equal parts (parallel.shards). Write a multiple."
                )
            }
        }
    }

    /// The options of one part.
    func options<C: Defaulted>(_ resolved: ResolvedRun<C>) throws -> C {
        var values = try JSONValue(encoding: resolved.options)
        for key in known.rows {
            guard let rows = values.value(at: key)?.number?.int else { continue }
            values = values.replacing(key.split(separator: ".")[...], by: .integer(rows / shards))
        }
        return try values.decode(C.self)
    }

    /// Whether the first process takes a stage alone.
    func isAlone(_ stage: String) -> Bool { known.alone.contains(stage) }

    /// Whether all parts have to hold the same of something that a checkpoint keeps.
    func isCommon(_ name: String) -> Bool { name.hasPrefix(known.common) }
}

extension ResolvedRun {
    /// Refuses parts where a command trains in one process and by itself.
    ///
    /// - Throws: `ConfigurationError`.
    func refuseShards() throws {
        guard run.parallel.shards > 0 else { return }
        throw error(
            "parallel.shards", "only \"saferl train\" and \"saferl resume\" cut updates into parts. Write 0.")
    }
}

extension JSONValue {
    /// What stands at a dotted key.
    fileprivate func value(at key: String) -> JSONValue? {
        key.split(separator: ".").reduce(self as JSONValue?) { $0?[String($1)] }
    }

    fileprivate func replacing(_ path: ArraySlice<Substring>, by value: JSONValue) -> JSONValue {
        guard let key = path.first, let members else { return value }
        return .object(
            members.map {
                ($0.key, $0.key == key ? $0.value.replacing(path.dropFirst(), by: value) : $0.value)
            })
    }
}

extension MemoryNeed {
    /// What so many replicas need.
    func times(_ replicas: Int) -> MemoryNeed {
        var need = MemoryNeed()
        for part in parts { need.add(part.name, part.key, bytes: part.bytes * Double(replicas)) }
        return need
    }
}
