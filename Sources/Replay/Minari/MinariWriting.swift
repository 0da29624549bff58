import Glibc
import Storage

extension TransitionDataset {
    /// Writes the HDF5 file of Minari alone: a group an episode, with one observation more than actions.
    ///
    /// What a step cost stands in `infos/cost`, costs of named channels in `infos/cost_NAME`, constraint values in
    /// `infos/constraint_values`; each has a row for the reset before those of the steps, as Minari's recorder writes them. The file
    /// appears whole or not at all, and equal data give equal bytes.
    ///
    /// - Throws: `UnheldDataError`, `DatasetError.unwritable`.
    public func writeMinariFile(to path: String) throws {
        try requireHeld(by: .minariFile)
        let file = try HDF5File(creating: path)
        let groups = episodes.map(\.rows) + (unendedTail.map { [$0] } ?? [])
        for (number, rows) in groups.enumerated() {
            try putEpisode(rows, into: file, "episode_\(number)")
            try file.mark("episode_\(number)", "id", as: number)
            try file.mark("episode_\(number)", "total_steps", as: rows.count)
        }
        try file.mark("/", "total_episodes", as: groups.count)
        try file.mark("/", "total_steps", as: count)
        try file.commit()
    }

    private func putEpisode(_ rows: Range<Int>, into file: HDF5File, _ group: String) throws {
        func piece(_ values: UnsafeBufferPointer<Float>, _ width: Int = 1) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(rebasing: values[rows.lowerBound * width..<rows.upperBound * width])
        }
        let (steps, o) = (rows.count, observationSize)
        let last = nextObservations[(rows.upperBound - 1) * o..<rows.upperBound * o]
        try put(
            parts: [
                UnsafeRawBufferPointer(piece(observations, o)),
                UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: last)),
            ], [steps + 1, o], into: file, group + "/observations")
        if let actionChoices {
            try putChoices(piece(actions), into: file, group + "/actions")
            try file.mark(group + "/actions", "choices", as: actionChoices)
        } else {
            try put(piece(actions, actionSize), [steps, actionSize], into: file, group + "/actions")
        }
        try put(piece(rewards), [steps], into: file, group + "/rewards")
        try putFlags(.init(rebasing: terminals[rows]), into: file, group + "/terminations")
        try putFlags(.init(rebasing: timeouts[rows]), into: file, group + "/truncations")
        func putInfo(_ name: String, reset: Float, _ values: UnsafeBufferPointer<Float>) throws {
            try withUnsafeBytes(of: reset) { reset in
                try put(
                    parts: [reset, UnsafeRawBufferPointer(values)], [steps + 1], into: file,
                    group + "/infos/" + name)
            }
        }
        // A reset costs nothing, and its constraint nobody measured.
        try putInfo("cost", reset: 0, piece(costs))
        if hasNamedCosts {
            for channel in costChannels {
                try putInfo(ColumnImage.channelPrefix + channel.name, reset: 0, piece(channel.costs))
            }
        }
        if let constraintValues { try putInfo("constraint_values", reset: .nan, piece(constraintValues)) }
    }

    /// Writes a directory that Python's `minari` opens: `data/main_data.hdf5` and `data/metadata.json`.
    ///
    /// The directory appears whole or not at all.
    ///
    /// - Parameters:
    ///   - path: of the directory; its name is the data set's, with `-v0` where it has no version.
    ///   - isForced: whether a data set of Minari that is there is replaced.
    /// - Throws: `UnheldDataError`, `DatasetError.unwritable`, `StorageError`.
    public func writeMinari(to path: String, isForced: Bool = false) throws {
        try requireHeld(by: .minari)
        let target = String(path.reversed().drop { $0 == "/" }.reversed())
        try Self.requireReplaceable(target, isForced: isForced)
        let (files, partial) = (SystemFiles(), "\(target).unfinished-\(getpid())")
        do {
            for folder in [partial, partial + "/data"] where mkdir(folder, 0o777) != 0 {
                throw DatasetError.unwritable(target, reason: systemReason(errno))
            }
            try writeMinariFile(to: partial + "/data/main_data.hdf5")
            var status = stat()
            _ = stat(partial + "/data/main_data.hdf5", &status)
            let text = minariMetadata(named: target, bytes: Int(status.st_size))
            try files.replaceFile(partial + "/data/metadata.json", with: Array(text.utf8))
            try put(partial, inPlaceOf: target, files)
        } catch {
            try? files.removeTree(partial)
            throw error
        }
    }

    private func put(_ partial: String, inPlaceOf target: String, _ files: SystemFiles) throws {
        let former = "\(target).former-\(getpid())"
        if fileKind(target) != nil {
            try files.attempt(target, "replace") { () throws(SystemFault) in
                try files.rename(target, to: former)
            }
        }
        try files.attempt(target, "put in place") { () throws(SystemFault) in
            try files.rename(partial, to: target)
        }
        try files.removeTree(former)
    }

    private static func requireReplaceable(_ target: String, isForced: Bool) throws(DatasetError) {
        guard fileKind(target) != nil else { return }
        if !isForced { throw .unwritable(target, reason: "it exists; --force replaces it") }
        guard fileKind(target + "/data/metadata.json") == .file else {
            throw .unwritable(target, reason: "it holds no data set of Minari that --force could replace")
        }
    }

    private func minariMetadata(named target: String, bytes: Int) -> String {
        func list(_ value: String, _ size: Int) -> String {
            "[" + [String](repeating: value, count: size).joined(separator: ", ") + "]"
        }
        func box(_ size: Int, _ low: String, _ high: String) -> String {
            "{\"type\": \"Box\", \"dtype\": \"float32\", \"shape\": [\(size)], \"low\": \(list(low, size)), "
                + "\"high\": \(list(high, size))}"
        }
        let actions =
            actionChoices.map { "{\"type\": \"Discrete\", \"dtype\": \"int64\", \"start\": 0, \"n\": \($0)}" }
            ?? box(actionSize, "-1.0", "1.0")
        let groups = episodes.count + (unendedTail == nil ? 0 : 1)
        // The first version with this layout: later ones open what earlier ones wrote, and not the other way round.
        return """
            {"total_episodes": \(groups), "total_steps": \(count), "data_format": "hdf5", "jpeg_encoding": false, \
            "observation_space": \(quoted(box(observationSize, "-Infinity", "Infinity"))), \
            "action_space": \(quoted(actions)), "dataset_id": \(quoted(Self.minariName(of: target))), \
            "minari_version": "0.5.0", "dataset_size": \((Double(bytes) / 1e5).rounded() / 10)}

            """
    }

    /// The name that Minari knows a directory by: its own, as far as Minari allows the characters, with a version.
    static func minariName(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? "data"
        let name = String(
            last.map { $0.isASCII && ($0.isLetter || $0.isNumber) || "-_".contains($0) ? $0 : "-" })
        let version = name.split(separator: "-").last ?? ""
        let hasVersion =
            version.first == "v" && version.count > 1 && version.dropFirst().allSatisfy(\.isNumber)
            && name.count > version.count + 1
        return hasVersion ? name : name + "-v0"
    }
}
