/// A point of at most 16 coordinates; those that are not used are 0.
package typealias ActionVector = SIMD16<Double>

/// A half-space: Σ coefficient · coordinate ≤ bound.
public struct LinearConstraint: Sendable, Equatable {
    /// One for each coordinate.
    package var coefficients: ActionVector
    /// What the sum may be.
    package var bound: Double
    /// What was added up to give the bound, in absolute value: its rounding is a share of this.
    package var magnitude: Double

    /// Takes at most 16 coefficients.
    public init(coefficients: [Double], bound: Double) {
        self.init(ActionVector(coefficients), bound: bound, magnitude: abs(bound))
    }

    package init(_ coefficients: ActionVector, bound: Double, magnitude: Double) {
        (self.coefficients, self.bound, self.magnitude) = (coefficients, bound, magnitude)
    }
}

/// The nearest point of a polyhedron within a box, in a weighted Euclidean norm.
///
/// A dual method of active sets: it starts at the point that is asked for and takes constraints in, the most violated first, and lets
/// go of those that no longer press. Each step raises the distance, so that no set comes twice.
///
/// - SeeAlso: Goldfarb and Idnani 1983, A numerically stable dual method for solving strictly convex quadratic programs.
public struct NearestPoint: Sendable {
    /// Coordinates that a point may have.
    public static let mostCoordinates = 16
    /// How near to 0 a normal may be, after what is active was taken out of it, to count as a combination of that.
    private static let dependent = 1e-9

    /// Coordinates.
    public let size: Int
    package let low: ActionVector
    package let high: ActionVector
    /// Of each coordinate's difference in the distance; above 0.
    package let weights: ActionVector

    /// Names the box and the norm.
    ///
    /// - Parameters:
    ///   - low: 1 to 16 finite numbers.
    ///   - high: as many, none below its counterpart.
    ///   - weights: as many, above 0: the norm is √Σ (weight · difference)².
    public init(low: [Double], high: [Double], weights: [Double]) {
        precondition(
            1...Self.mostCoordinates ~= low.count && high.count == low.count && weights.count == low.count,
            "\(low.count) lower bounds, \(high.count) upper ones, \(weights.count) weights")
        precondition(zip(low, high).allSatisfy { $0 <= $1 && ($1 - $0).isFinite }, "a box without a point")
        precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "a weight that is not above 0")
        size = low.count
        (self.low, self.high) = (ActionVector(low), ActionVector(high))
        self.weights = ActionVector(weights, else: 1)
    }

    /// The nearest point that meets all constraints.
    ///
    /// - Parameters:
    ///   - point: as many finite numbers as the box has.
    ///   - constraints: of as many coordinates.
    /// - Returns: the point and its distance; nothing where there is none.
    public func callAsFunction(
        to point: [Double], within constraints: [LinearConstraint]
    ) -> (point: [Double], distance: Double)? {
        precondition(
            point.count == size && point.allSatisfy(\.isFinite),
            "\(point.count) numbers for \(size) coordinates")
        guard let found = nearest(to: ActionVector(point), within: constraints) else { return nil }
        return ((0..<size).map { found.point[$0] }, found.distance)
    }

    package func nearest(
        to point: ActionVector, within constraints: [LinearConstraint]
    ) -> (point: ActionVector, distance: Double)? {
        var set = ActiveSet(self, point, constraints)
        guard set.solve() else { return nil }
        let nearest = (point + set.position / weights).clamped(lowerBound: low, upperBound: high)
        return (nearest, distance(point, nearest))
    }

    package func distance(_ a: ActionVector, _ b: ActionVector) -> Double {
        let difference = (a - b) * weights
        return (difference * difference).sum().squareRoot()
    }

    /// One solution: positions are differences from the point asked for, times the weights, so that the norm is the plain one.
    private struct ActiveSet {
        let size: Int
        /// Of length 1: those of the constraints, then the upper sides of the box, then the lower ones.
        var normals: [ActionVector] = []
        var offsets: [Double] = []
        var position = ActionVector(repeating: 0)
        var isPossible = true
        /// Numbers of the constraints that press, their multipliers, and an orthonormal basis of their normals.
        var active: [Int] = []
        var multipliers: [Double] = []
        var basis: [ActionVector] = []
        /// Of the normals in the basis: column j has j + 1 entries, one behind the other.
        var triangle: [Double] = []

        init(_ box: NearestPoint, _ point: ActionVector, _ constraints: [LinearConstraint]) {
            size = box.size
            let count = constraints.count + 2 * size
            normals.reserveCapacity(count)
            offsets.reserveCapacity(count)
            for constraint in constraints {
                let normal = constraint.coefficients / box.weights
                let length = (normal * normal).sum().squareRoot()
                let offset = constraint.bound - (constraint.coefficients * point).sum()
                guard length > 0 && length.isFinite && !offset.isNaN else {
                    if !(length == 0 && constraint.bound >= 0) { isPossible = false }
                    continue
                }
                normals.append(normal / length)
                offsets.append(offset / length)
            }
            for (sign, bounds) in [(1.0, box.high), (-1.0, box.low)] {
                for place in 0..<size {
                    var normal = ActionVector(repeating: 0)
                    normal[place] = sign
                    normals.append(normal)
                    offsets.append(sign * box.weights[place] * (bounds[place] - point[place]))
                }
            }
        }

        /// Whether there is a point; it is then `position`.
        mutating func solve() -> Bool {
            guard isPossible else { return false }
            var steps = 10 * normals.count + 32
            while let entering = mostViolated() {
                guard enter(entering, &steps) else { return false }
            }
            return true
        }

        private func violation(_ number: Int) -> Double {
            (normals[number] * position).sum() - offsets[number]
        }

        private func mostViolated() -> Int? {
            var found: Int?
            var most = 0.0
            for number in normals.indices {
                let own = violation(number)
                guard own > 1e-13 * (1 + abs(offsets[number])), own > most, !active.contains(number) else {
                    continue
                }
                (found, most) = (number, own)
            }
            return found
        }

        /// Moves until a constraint is met, letting go of those that no longer press; false where it cannot be.
        private mutating func enter(_ entering: Int, _ steps: inout Int) -> Bool {
            var pressure = 0.0
            while steps > 0 {
                steps -= 1
                let (rest, shares) = split(normals[entering])
                let length = (rest * rest).sum()
                // How far it can go until another lets go, and until it is met.
                var (first, limit) = (-1, Double.infinity)
                for place in active.indices where shares[place] > 1e-12 {
                    let ratio = multipliers[place] / shares[place]
                    if ratio < limit { (first, limit) = (place, ratio) }
                }
                let isFree = length > NearestPoint.dependent * NearestPoint.dependent
                let full = isFree ? max(violation(entering), 0) / length : .infinity
                let step = min(limit, full)
                guard step.isFinite else { return false }
                if isFree { position -= step * rest }
                for place in active.indices {
                    multipliers[place] = max(multipliers[place] - step * shares[place], 0)
                }
                pressure += step
                if full <= limit {
                    active.append(entering)
                    multipliers.append(pressure)
                    orthogonalise()
                    return true
                }
                active.remove(at: first)
                multipliers.remove(at: first)
                orthogonalise()
            }
            return false
        }

        /// A normal as a sum of the active ones, and what is left of it.
        private func split(_ normal: ActionVector) -> (rest: ActionVector, shares: [Double]) {
            var rest = normal
            var shares = [Double](repeating: 0, count: active.count)
            // Twice, since once leaves what rounding has lost.
            for _ in 0..<2 {
                for place in basis.indices {
                    let part = (basis[place] * rest).sum()
                    rest -= part * basis[place]
                    shares[place] += part
                }
            }
            for column in stride(from: active.count - 1, through: 0, by: -1) {
                let start = column * (column + 1) / 2
                shares[column] /= triangle[start + column]
                for row in 0..<column { shares[row] -= triangle[start + row] * shares[column] }
            }
            return (rest, shares)
        }

        private mutating func orthogonalise() {
            basis.removeAll(keepingCapacity: true)
            triangle.removeAll(keepingCapacity: true)
            for number in active {
                var rest = normals[number]
                let start = triangle.count
                triangle.append(contentsOf: repeatElement(0, count: basis.count + 1))
                for _ in 0..<2 {
                    for place in basis.indices {
                        let part = (basis[place] * rest).sum()
                        rest -= part * basis[place]
                        triangle[start + place] += part
                    }
                }
                let length = (rest * rest).sum().squareRoot()
                triangle[start + basis.count] = length
                basis.append(rest / length)
            }
        }
    }
}

extension ActionVector {
    /// Takes at most 16 numbers.
    package init(_ numbers: [Double], else rest: Double = 0) {
        precondition(numbers.count <= 16, "\(numbers.count) coordinates, of which there may be 16")
        self.init(repeating: rest)
        for place in numbers.indices { self[place] = numbers[place] }
    }

    /// Absolute values.
    package var magnitudes: ActionVector { replacing(with: -self, where: self .< 0) }
}
