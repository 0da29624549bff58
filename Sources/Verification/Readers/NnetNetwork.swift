import Storage

extension VerifiableNetwork {
    /// Bytes of a .nnet file.
    private static var largestNnet: Int { 64 << 20 }

    /// Reads a ReLU network from a .nnet file; inputs and outputs are the *normalised* ones, as in VNN-LIB properties of it.
    ///
    /// - Parameter path: of a file of at most 64 MiB.
    /// - Throws: `StorageError`; `VerificationError` with the line.
    public init(nnet path: String) throws {
        try self.init(nnetBytes: try fileContents(path, limit: Self.largestNnet), path: path)
    }

    /// Reads a network from the bytes of a .nnet file.
    package init(nnetBytes bytes: [UInt8], path: String) throws(VerificationError) {
        var lines = NnetLines(bytes, FaultPlace(path))
        let header = try lines.counts(atLeast: 4)
        let (layers, inputs, outputs) = (header[0], header[1], header[2])
        guard (1...1000).contains(layers) else { throw lines.wrong("\(layers) layers; 1 to 1000 are read.") }
        let sizes = try lines.counts(atLeast: layers + 1)
        guard sizes.count == layers + 1, sizes[0] == inputs, sizes[layers] == outputs,
            sizes.allSatisfy({ (1...4096).contains($0) })
        else {
            throw lines.wrong(
                "sizes \(sizes) do not meet \(layers) layers from \(inputs) to \(outputs) numbers.")
        }
        _ = try lines.numbers(nil)
        for count in [inputs, inputs, inputs + 1, inputs + 1] { _ = try lines.numbers(count) }
        var builder = NetworkBuilder(inputs: inputs)
        var place = 0
        for layer in 0..<layers {
            let (columns, rows) = (sizes[layer], sizes[layer + 1])
            var weight: [Double] = []
            for _ in 0..<rows { weight += try lines.numbers(columns) }
            var bias: [Double] = []
            for _ in 0..<rows { bias += try lines.numbers(1) }
            place = builder.affine(AffineMap(rows, columns, weight: weight, bias: bias), place)
            if layer < layers - 1 { place = builder.activation(.relu, place) }
        }
        guard lines.isAtEnd else { throw lines.wrong("lines after the last bias.") }
        self.init(builder.nodes, digest: SHA256.hexadecimal(of: bytes))
    }
}

/// Lines of a .nnet file: numbers with a comma behind each.
struct NnetLines {
    let fault: FaultPlace
    private let lines: [ArraySlice<UInt8>]
    private var next = 0

    /// Lines behind the comments at the head.
    init(_ bytes: [UInt8], _ fault: FaultPlace) {
        self.fault = fault
        lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        while next < lines.count, lines[next].starts(with: [47, 47]) { next += 1 }
    }

    /// Whether only empty lines are left.
    var isAtEnd: Bool {
        lines[min(next, lines.count)...].allSatisfy { $0.allSatisfy { $0 == 32 || $0 == 13 } }
    }

    /// Something wrong with the line that was read last.
    func wrong(_ cause: String) -> VerificationError { fault(cause, at: "\(max(next, 1))") }

    /// The numbers of the next line, all finite; any number of them where no count is given.
    mutating func numbers(_ count: Int?) throws(VerificationError) -> [Double] {
        guard next < lines.count else {
            throw fault("the file ends before all layers are read.", at: "\(next)")
        }
        let line = lines[next]
        next += 1
        var fields = line.split(separator: 44, omittingEmptySubsequences: false).map { field in
            String(decoding: field.filter { $0 != 32 && $0 != 13 && $0 != 9 }, as: UTF8.self)
        }
        if fields.last?.isEmpty == true { fields.removeLast() }
        if let count, fields.count != count { throw wrong("\(fields.count) numbers where \(count) belong.") }
        var numbers: [Double] = []
        for field in fields {
            guard field.utf8.count <= 64, let number = Double(field), number.isFinite,
                !field.lowercased().contains("x")
            else { throw wrong("\(field.prefix(40)) is not a finite number.") }
            numbers.append(number)
        }
        return numbers
    }

    /// The whole numbers of the next line.
    mutating func counts(atLeast count: Int) throws(VerificationError) -> [Int] {
        let numbers = try numbers(nil)
        guard numbers.count >= count else { throw wrong("\(numbers.count) counts where \(count) belong.") }
        var counts: [Int] = []
        for number in numbers {
            guard let whole = Int(exactly: number), (0...1 << 20).contains(whole) else {
                throw wrong("\(number) is not a count.")
            }
            counts.append(whole)
        }
        return counts
    }
}
