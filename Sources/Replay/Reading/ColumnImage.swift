import CHDF5Reader
import Glibc
import Storage

/// The memory of all columns: one mapping with one owner, each column aligned to 64 bytes.
final class ColumnImage {
    private var image: ch5_image
    /// Whether the columns lie in a file on disk, so that they need not stay in memory.
    private let isOnDisk: Bool
    private var touched = 0
    var layout: ch5_layout { image.layout }
    /// The names of the cost channels that lie beside the costs, ascending.
    let channelNames: [String]
    /// What reading the file told beside its columns.
    let facts: ImportFacts

    /// Zeros in memory, for columns that do not come from a file; the names of channels are ascending.
    init(
        rows: Int, observationSize: Int, actionSize: Int, actionChoices: Int? = nil,
        hasConstraintValues: Bool, channelNames: [String]
    ) throws(DatasetError) {
        (image, self.channelNames, facts, isOnDisk) = (ch5_image(), channelNames, ImportFacts(), false)
        var layout = ch5_make_layout(
            Int64(rows), Int32(observationSize), Int32(actionSize), hasConstraintValues ? 1 : 0,
            Int32(channelNames.count))
        layout.choices = Int32(actionChoices ?? 0)
        let fault = ch5_allocate(layout, &image)
        guard fault == 0 else {
            throw .tooLarge(
                TransitionDataset.inMemory, column: "observations",
                reason: "\(layout.bytes) bytes of memory are not available")
        }
    }

    /// Columns that lie in a file as the layout says; it may be closed then.
    init(mapping file: Int32, _ layout: ch5_layout, channelNames: [String]) throws(DatasetError) {
        (image, self.channelNames, facts, isOnDisk) = (ch5_image(), channelNames, ImportFacts(), true)
        let fault = ch5_map(file, layout, &image)
        guard fault == 0 else {
            throw .tooLarge(
                TransitionDataset.inMemory, column: "observations",
                reason: "\(layout.bytes) bytes cannot be mapped: \(systemReason(fault))")
        }
    }

    /// Bytes of columns on disk that may be in memory at once.
    private static let mostInMemory = 1 << 22

    /// Tells that so many more bytes were read, in order: what lies on disk leaves memory from time to time.
    @inline(__always)
    func rest(after bytes: Int) {
        guard isOnDisk else { return }
        touched += bytes
        guard touched >= Self.mostInMemory else { return }
        touched = 0
        ch5_rest(&image)
    }

    /// How many choices an action is one of; nil where actions are real numbers.
    var actionChoices: Int? { layout.choices > 0 ? Int(layout.choices) : nil }

    /// What the name of a channel's data set begins with.
    static let channelPrefix = "cost_"

    /// Reads a file in a child process.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - limits: what reading may use.
    ///   - readsOtherLayouts: whether layouts other than the standard one are read too.
    ///   - lacksCosts: whether a file without costs has none in any step.
    ///   - target: the columns lie in a file without a name beside this one, and not in memory; nothing where they do.
    /// - Throws: `DatasetError`: the first fault of its structure.
    init(
        contentsOf path: String, limits: ImportLimits, readsOtherLayouts: Bool = false,
        lacksCosts: Bool = false, spilledBeside target: String? = nil
    ) throws(DatasetError) {
        (image, isOnDisk) = (ch5_image(), target != nil)
        var report = ch5_report()
        var cLimits = limits.cLimits
        cLimits.other_layouts = readsOtherLayouts ? 1 : 0
        cLimits.without_costs = lacksCosts ? 1 : 0
        let spill = try target.map { (path) throws(DatasetError) in try Self.unnamedFile(beside: path) }
        if let spill {
            cLimits.disk_file = spill.descriptor
            cLimits.maximum_bytes = Int64(limits.maximumBytesOnDisk)
        }
        let fault = ch5_read(path, &cLimits, &image, &report)
        if fault == Int32(CH5_NO_ROOM.rawValue), let target {
            (channelNames, facts) = ([], ImportFacts())
            throw .unwritable(target, reason: systemReason(report.number))
        }
        channelNames = fault == 0 ? report.channels(prefix: Self.channelPrefix) : []
        facts = ImportFacts(report)
        if let error = DatasetError(fault: UInt32(fault), report, path: path) { throw error }
    }

    private static func unnamedFile(beside target: String) throws(DatasetError) -> UnnamedFile {
        do { return try UnnamedFile(inTheFolderOf: target) } catch {
            throw .unwritable(target, reason: systemReason(error.code))
        }
    }

    deinit { ch5_release(&image) }

    /// Takes the actions as choices, each a number 0 ..< `count`, where the file itself does not say so.
    func takeActions(asChoices count: Int) {
        precondition(layout.action_size == 1, "choices of \(layout.action_size) values")
        image.layout.choices = Int32(count)
    }

    /// Lets the columns of a file be changed here; the file stays as it is.
    func makeWritable(place: String) throws(DatasetError) {
        let fault = ch5_make_writable(&image)
        guard fault != 0 else { return }
        throw .tooLarge(place, column: "observations", reason: systemReason(fault))
    }

    func floats(at offset: Int, columns: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: (image.start + offset).assumingMemoryBound(to: Float.self),
            count: Int(layout.rows) * columns)
    }

    func bytes(at offset: Int) -> UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(
            start: (image.start + offset).assumingMemoryBound(to: UInt8.self), count: Int(layout.rows))
    }

    /// SHA-256 over sizes, columns, the names of channels and the number of choices, in hexadecimal.
    var digest: String {
        var hash = SHA256()
        let sizes = [layout.rows, Int64(layout.observation_size), Int64(layout.action_size)]
        sizes.withUnsafeBytes { hash.update($0) }
        let bytes = UnsafeRawBufferPointer(start: image.start, count: layout.bytes)
        for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + (1 << 20), bytes.count)])
            hash.update(piece)
            rest(after: piece.count)
        }
        for name in channelNames { hash.update("\(name)\n".utf8) }
        if layout.choices > 0 { hash.update("\(layout.choices) choices\n".utf8) }
        return hash.hexadecimal()
    }
}

extension ch5_report {
    /// The names of the channels without what their data sets begin with.
    fileprivate func channels(prefix: String) -> [String] {
        withUnsafeBytes(of: channel_names) { names in
            (0..<Int(channels)).map { index in
                let name = names[(index * Int(CH5_CHANNEL_ROOM))...].prefix { $0 != 0 }
                return String(decoding: name.dropFirst(prefix.utf8.count), as: UTF8.self)
            }
        }
    }
}

extension DatasetError {
    /// What is wrong with a file as a whole, or with reading it; nil where a column is to blame, or the reader.
    private init?(fileFault fault: UInt32, _ report: ch5_report, path: String) {
        switch fault {
        case CH5_MISSING_FILE.rawValue: self = .missingFile(path)
        case CH5_UNREADABLE.rawValue: self = .unreadable(path, reason: systemReason(report.number))
        case CH5_NOT_REGULAR.rawValue: self = .unreadable(path, reason: "not a regular file")
        case CH5_NOT_HDF5.rawValue: self = .notHDF5(path)
        case CH5_EMPTY.rawValue: self = .empty(path)
        case CH5_TIMED_OUT.rawValue: self = .readerFailed(path, reason: "took too long")
        case CH5_WAITED.rawValue: self = .readerWaited(path)
        case CH5_SYSTEM.rawValue:
            self = .unreadable(path, reason: "\(cText(report.detail)): \(systemReason(report.number))")
        default: return nil
        }
    }

    fileprivate init?(fault: UInt32, _ report: ch5_report, path: String) {
        if let error = Self(fileFault: fault, report, path: path) {
            self = error
            return
        }
        let (column, detail) = (cText(report.column), cText(report.detail))
        let dims = withUnsafeBytes(of: report.dims) { raw in raw.bindMemory(to: Int64.self).map { Int($0) } }
        switch fault {
        case CH5_OK.rawValue: return nil
        case CH5_MISSING_COLUMN.rawValue:
            if let layout = ImportFacts(report).layout, layout.explains(column) {
                self = .otherLayout(path, column: column, present: detail, layout: layout)
            } else {
                self = .missingColumn(path, column: column, present: detail)
            }
        case CH5_WRONG_TYPE.rawValue: self = .wrongType(path, column: column, found: detail)
        case CH5_WRONG_SHAPE.rawValue:
            self = .wrongShape(path, column: column, found: Array(dims.prefix(max(0, Int(report.rank)))))
        case CH5_UNEQUAL_LENGTHS.rawValue:
            self = .unequalLengths(path, column: column, rows: dims[0], expected: Int(report.rows))
        case CH5_UNEQUAL_WIDTHS.rawValue:
            self = .unequalWidths(path, column: column, width: dims[1], expected: dims[0])
        case CH5_TOO_LARGE.rawValue: self = .tooLarge(path, column: column, reason: detail)
        case CH5_UNKNOWN_FILTER.rawValue:
            self = .unknownFilter(path, column: column, filter: Int(report.number))
        case CH5_FOREIGN_STORAGE.rawValue: self = .foreignStorage(path, column: column)
        case CH5_BAD_FLAG.rawValue:
            self = .notAFlag(path, column: column, row: Int(report.row), value: report.value)
        case CH5_BAD_CHANNEL.rawValue: self = .badChannel(path, column: column, reason: detail)
        case CH5_BAD_CHOICES.rawValue: self = .badChoices(path, reason: detail)
        case CH5_BEYOND_SINGLE.rawValue:
            self = .beyondSinglePrecision(
                path, column: column, row: Int(report.row), component: Int(report.number), value: detail)
        case CH5_BAD_EPISODE.rawValue: self = .badEpisode(path, column: column, reason: detail)
        case CH5_NEWER.rawValue: self = .newerFormat(path, column: column, reason: detail)
        case CH5_DAMAGED.rawValue: self = .damaged(path, column: column, reason: detail)
        default:
            let signal = report.number > 0 ? " by signal \(report.number)" : ""
            self = .readerFailed(path, reason: "ended the reader process\(signal)")
        }
    }
}

/// The text in an array of C, up to its end.
func cText(_ characters: some Any) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// What the system says about an `errno`, with the limit that was reached where it was one.
func systemReason(_ number: Int32) -> String {
    switch number {
    case EMFILE: return "the limit on open files is reached, \"ulimit -n\""
    case EFBIG: return "the limit on the size of files is reached, \"ulimit -f\""
    case ENOMEM: return "the limit on memory is reached, \"ulimit -v\" or that of the machine"
    default: break
    }
    var text = [CChar](repeating: 0, count: 128)
    let isKnown = strerror_r(number, &text, text.count) == 0
    guard isKnown else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// SHA-256 of a file's bytes, in hexadecimal, read in pieces of 1 MiB.
func fileDigest(of path: String) throws(DatasetError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, reason: systemReason(errno)) }
    defer { close(descriptor) }
    var hash = SHA256()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    while true {
        let got = read(descriptor, piece.baseAddress, piece.count)
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw .unreadable(path, reason: systemReason(errno)) }
        if got == 0 { break }
        hash.update(UnsafeRawBufferPointer(rebasing: piece[..<got]))
    }
    return hash.hexadecimal()
}
