import Foundation
import Guardians
import Tensors

/// How fast guardians are fitted and asked on this machine.
public struct GuardianBenchmark: Encodable, Sendable {
    /// What was measured of one method.
    public struct Method: Encodable, Sendable {
        /// Time of a fit with its threshold, s.
        public let fitSeconds: Double
        /// Time to score the queries, s.
        public let scoreSeconds: Double
        /// Time to decide whether each query is outside, s.
        public let decideSeconds: Double
        /// The same in time of the processor, summed over threads, s: what does not grow when other programs run.
        public let fitProcessorSeconds: Double, scoreProcessorSeconds: Double, decideProcessorSeconds: Double
        /// Queries scored and decided.
        public let queries: Int
        /// The threshold found.
        public let threshold: Double
        /// Queries outside.
        public let outside: Int
        /// Iterations and optimality gap of the fit, where it iterates.
        public let iterations: Int?, gap: Double?

        enum CodingKeys: String, CodingKey {
            case fitSeconds = "fit_s"
            case scoreSeconds = "score_s"
            case decideSeconds = "decide_s"
            case fitProcessorSeconds = "fit_cpu_s"
            case scoreProcessorSeconds = "score_cpu_s"
            case decideProcessorSeconds = "decide_cpu_s"
            case queries, threshold, outside, iterations, gap
        }
    }

    /// Training points.
    public let rows: Int
    /// Numbers in a point.
    public let size: Int
    /// Monomials of the polynomial guardians, of degree 2.
    public let monomials: Int
    /// The methods; the polynomial ones are asked about the training points, the others about the queries.
    public let psos: Method, christoffel: Method, density: Method, neighbours: Method
    /// Kernel terms a second on one core, when densities are scored.
    public let kernelTermsPerCore: Double
    /// Kernel terms in a second of the processor's time.
    public let kernelTermsPerProcessorSecond: Double
    /// Threads that points are shared out over.
    public let threads: Int
    /// Kernel of the matrix library.
    public let kernel: String

    enum CodingKeys: String, CodingKey {
        case rows, size, monomials, psos, christoffel, neighbours, threads, kernel
        case density = "kde"
        case kernelTermsPerCore = "kernel_terms_per_s_per_core"
        case kernelTermsPerProcessorSecond = "kernel_terms_per_cpu_s"
    }

    /// Queries, and as many held-out points that calibrate thresholds at a false-alarm rate of 0.05.
    public static let queries = 2048

    /// Times the methods; each figure is the median of `repeats`.
    ///
    /// - Parameters:
    ///   - points: training points, then `queries` held-out ones, then the queries: at least three times as many rows.
    ///   - repeats: at least 1.
    /// - Returns: what was measured.
    /// - Throws: `GuardianError`.
    public static func run(on points: Matrix, repeats: Int) throws -> GuardianBenchmark {
        precondition(points.rows >= 3 * queries && repeats >= 1, "\(points.rows) rows, \(repeats) repeats")
        let rows = points.rows - 2 * queries
        let training = points.rows(at: Array(0..<rows))
        let asked = points.rows(at: Array(rows + queries..<points.rows))
        let data = try GuardianData(
            points: training, heldOut: points.rows(at: Array(rows..<rows + queries)))
        var christoffel = ChristoffelGuardian.Configuration()
        var density = DensityGuardian.Configuration()
        var neighbours = NeighbourGuardian.Configuration()
        christoffel.threshold = .conformal(alpha: 0.05)
        density.threshold = .conformal(alpha: 0.05)
        neighbours.threshold = .conformal(alpha: 0.05)
        let kde = try timed(repeats, asked) { try DensityGuardian(density, fittedTo: data) }
        return GuardianBenchmark(
            rows: rows, size: points.columns,
            monomials: PolynomialBasis.count(variables: points.columns, degree: 2) ?? 0,
            psos: try timed(repeats, training) {
                try PSoSGuardian(PSoSGuardian.Configuration(), fittedTo: data)
            },
            christoffel: try timed(repeats, training) {
                try ChristoffelGuardian(christoffel, fittedTo: data)
            },
            density: kde,
            neighbours: try timed(repeats, asked) { try NeighbourGuardian(neighbours, fittedTo: data) },
            kernelTermsPerCore: Double(rows * queries) / kde.scoreSeconds / Double(BLAS.threads),
            kernelTermsPerProcessorSecond: Double(rows * queries) / kde.scoreProcessorSeconds,
            threads: BLAS.threads, kernel: BLAS.kernel)
    }

    private static func timed(
        _ repeats: Int, _ asked: Matrix, _ fit: () throws -> some SupportGuardian
    ) throws -> Method {
        let guardian = try fit()
        let fitting = try MedianTime(of: repeats) { _ = try fit() }
        let scoring = try MedianTime(of: repeats) { _ = try guardian.score(asked) }
        let deciding = try MedianTime(of: repeats) { _ = try guardian.isOutside(asked) }
        return Method(
            fitSeconds: fitting.wall, scoreSeconds: scoring.wall, decideSeconds: deciding.wall,
            fitProcessorSeconds: fitting.processor, scoreProcessorSeconds: scoring.processor,
            decideProcessorSeconds: deciding.processor, queries: asked.rows,
            threshold: guardian.threshold, outside: try guardian.isOutside(asked).count { $0 },
            iterations: guardian.report.iterations, gap: guardian.report.gap)
    }

    /// Points for `run`: correlated features with long tails.
    ///
    /// - Parameters:
    ///   - rows: training points.
    ///   - size: numbers in a point.
    /// - Returns: `[rows + 2·queries, size]`.
    public static func synthetic(rows: Int, size: Int) -> Matrix {
        precondition(rows >= 1 && size >= 1, "\(rows) points of \(size) numbers")
        var stream = RandomStream(seed: 1, for: .testing)
        let total = rows + 2 * queries
        let numbers = Tensor(total, size)
        stream.fillNormal(numbers.buffer)
        var points = Matrix(total, size)
        for row in 0..<total {
            var last = 0.0
            for column in 0..<size {
                last = 0.6 * last + Double(numbers.buffer[row * size + column])
                points[row, column] = last + 0.05 * last * last * last
            }
        }
        return points
    }

    /// Lines for a person: names and what was measured.
    public var lines: [(String, String)] {
        let millions = String(
            format: "%.0f million a second and core, %.0f million in a second of processor time",
            kernelTermsPerCore / 1e6, kernelTermsPerProcessorSecond / 1e6)
        return [("points", "\(rows) of \(size) numbers, \(monomials) monomials")]
            + [("psos", psos), ("christoffel", christoffel), ("kde", density), ("neighbours", neighbours)]
            .flatMap { lines($0, $1) }
            + [("kernel terms", millions), ("threads", "\(threads) (\(kernel))")]
    }

    private func lines(_ name: String, _ method: Method) -> [(String, String)] {
        func seconds(_ value: Double) -> String { String(format: "%.4f s", value) }
        let gap = method.gap.map { String(format: ", gap %.1e", $0) } ?? ""
        let iterations = method.iterations.map { ", \($0) iterations" } ?? ""
        return [
            ("\(name), fit", seconds(method.fitSeconds) + iterations + gap),
            ("\(name), \(method.queries) scores", seconds(method.scoreSeconds)),
            (
                "\(name), \(method.queries) decisions",
                seconds(method.decideSeconds) + ", \(method.outside) outside"
            ),
        ]
    }
}
