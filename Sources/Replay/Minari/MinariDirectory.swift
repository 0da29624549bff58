import Storage

/// A data set of Minari on disk: `data/main_data.hdf5` with a group an episode, and `data/metadata.json`.
struct MinariDirectory {
    /// The file with the episodes.
    let dataFile: String
    private let metadataFile: String
    private let metadata: JSONValue
    private let actions: MinariSpace?

    /// Finds the files.
    ///
    /// - Parameter path: of the directory, or of its folder `data`; nil for what is no directory.
    /// - Throws: `DatasetError.badMetadata` where it holds no data set that can be read.
    init?(_ path: String) throws(DatasetError) {
        guard fileKind(path, following: true) == .directory else { return nil }
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        let places = [folder + "/data", folder]
        guard let data = places.first(where: { fileKind($0 + "/metadata.json", following: true) == .file })
        else {
            throw .badMetadata(
                path,
                reason: "a directory without data/metadata.json, which those of Minari have. Name a file.")
        }
        (dataFile, metadataFile) = (data + "/main_data.hdf5", data + "/metadata.json")
        metadata = try Self.parsed(metadataFile)
        let format = metadata["data_format"]?.string ?? "hdf5"
        guard format == "hdf5" else {
            throw .badMetadata(
                metadataFile,
                reason: "data in the format \(quoted(format)), and only \"hdf5\" is read. "
                    + "Record with data_format=\"hdf5\".")
        }
        try MinariSpace.refuseNested(metadata, metadataFile)
        actions = try MinariSpace(metadata, "action_space", metadataFile)
    }

    private static func parsed(_ path: String) throws(DatasetError) -> JSONValue {
        let bytes: [UInt8]
        do { bytes = try fileContents(path, limit: 1 << 26) } catch {
            throw .badMetadata(path, reason: "cannot be read. Check its permissions.")
        }
        do throws(JSONError) { return try JSONValue(parsing: bytes) } catch {
            throw .badMetadata("\(path):\(error.position)", reason: error.message)
        }
    }

    /// Holds what was read against what the metadata say, and takes actions as their space has them.
    ///
    /// - Returns: what was done, one phrase for each change.
    func apply(to image: ColumnImage) throws(DatasetError) -> [String] {
        let counts = [
            ("total_episodes", image.facts.episodeGroups), ("total_steps", Int(image.layout.rows)),
        ]
        for (key, found) in counts {
            guard let stated = metadata[key]?.number?.int, stated != found else { continue }
            throw .badMetadata(
                metadataFile,
                reason: "\(key) is \(stated), and main_data.hdf5 has \(found). Get a fresh copy.")
        }
        guard let actions else { return [] }
        return try actions.apply(to: image, metadataFile)
    }
}
