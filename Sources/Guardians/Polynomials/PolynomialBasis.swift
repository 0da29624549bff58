import Tensors

/// All polynomials of several variables up to a total degree, as products of polynomials of one variable.
public struct PolynomialBasis: Hashable, Sendable {
    /// The polynomials of one variable; the sets that a guardian draws do not depend on them, their accuracy does.
    public enum Family: String, Codable, Sendable {
        /// xⁿ: well conditioned up to degree 2 on [−1, 1].
        case monomial
        /// Orthogonal on [−1, 1] under uniform weight.
        case legendre
        /// Orthogonal on [−1, 1] with more weight at the ends.
        case chebyshev

        /// Factor and shift of Pₙ = factor·x·Pₙ₋₁ − shift·Pₙ₋₂.
        fileprivate func recurrence(_ n: Int) -> (factor: Double, shift: Double) {
            switch self {
            case .monomial: (1, 0)
            case .legendre: (Double(2 * n - 1) / Double(n), Double(n - 1) / Double(n))
            case .chebyshev: (2, 1)
            }
        }
    }

    /// Largest number of elements: their moments already take 3 GB.
    public static let most = 20_000

    /// The polynomials of one variable.
    public let family: Family
    /// Numbers in a point, at least 1.
    public let variables: Int
    /// Largest total degree, at least 1.
    public let degree: Int
    /// The degree in each variable of each element: by total degree, within one by falling powers of the first variables.
    public let exponents: [[Int]]

    /// Lists the elements.
    ///
    /// - Parameters:
    ///   - family: the polynomials of one variable.
    ///   - variables: at least 1.
    ///   - degree: at least 1.
    /// - Throws: `outOfRange` for a degree below 1 or with more than `most` elements.
    public init(_ family: Family, variables: Int, degree: Int) throws(GuardianError) {
        precondition(variables >= 1, "\(variables) variables")
        guard degree >= 1, let count = Self.count(variables: variables, degree: degree), count <= Self.most
        else {
            throw .outOfRange(
                option: "degree", value: Double(degree),
                range: "1 … what makes \(Self.most) monomials of \(variables) features")
        }
        (self.family, self.variables, self.degree) = (family, variables, degree)
        exponents = (0...degree).flatMap { Self.exponents(variables, $0) }
    }

    /// Number of elements, (variables + degree)! / (variables! degree!); nothing if it is beyond all bounds.
    public static func count(variables: Int, degree: Int) -> Int? {
        var count = 1
        for k in 1...max(degree, 1) {
            let (product, overflow) = count.multipliedReportingOverflow(by: variables + k)
            if overflow { return nil }
            count = product / k
        }
        return degree >= 1 ? count : 1
    }

    /// All exponents of `degree` in all, the largest powers of the first variables first.
    private static func exponents(_ variables: Int, _ degree: Int) -> [[Int]] {
        if variables == 1 { return [[degree]] }
        return (0...degree).reversed().flatMap { first in
            exponents(variables - 1, degree - first).map { [first] + $0 }
        }
    }

    /// How to compute elements for many points.
    ///
    /// - Parameter chosen: which elements, in which order.
    /// - Returns: a plan for the kernels.
    func product(of chosen: [Int]) -> ProductBasis {
        let places = Dictionary(uniqueKeysWithValues: exponents.enumerated().map { ($1, $0) })
        let steps = exponents.dropFirst().map { exponents in
            let last = exponents.lastIndex { $0 > 0 } ?? 0
            var rest = exponents
            rest[last] = 0
            return ProductBasis.Step(element: places[rest] ?? 0, variable: last, power: exponents[last])
        }
        return ProductBasis(
            variables: variables, recurrence: (2..<max(degree + 1, 2)).map(family.recurrence), steps: steps,
            chosen: chosen)
    }
}
