// What is curved: quadratics in one direction of the action by their roots, all else by tangents.
extension ActionRequirements {
    /// That an affine number and what is curved add up to at most 0.
    mutating func curved(_ form: PiecewiseForm) -> Conjunction? {
        if let quadratics = quadratics(of: form) {
            // Each holds where the errors of squares have one pair of signs; all must.
            return quadratics.reduce(.nothing) { both($0, atMost0($1)) }
        }
        guard let anchor else { return .relaxed }
        hasTangents = true
        return halfSpace(tangent(of: form, at: anchor))
    }

    // MARK: - Quadratics

    /// second · u² + first · u + constant, where u is the direction's sum of coordinates.
    private struct Quadratic {
        var second = 0.0, first = 0.0, constant = 0.0
        let direction: ActionVector

        /// What is added up at a place, in absolute value.
        func magnitude(_ place: Double) -> Double {
            abs(second * place * place) + abs(first * place) + abs(constant)
        }
    }

    /// The form as quadratics in one direction, with errors at their worst; nothing where it is none.
    private func quadratics(of form: PiecewiseForm) -> [Quadratic]? {
        guard let direction = direction(of: form) else { return nil }
        var found = [Quadratic(direction: direction)]
        found[0].constant = form.linear.constant + form.linear.worst
        found[0].first = share(of: form.linear, along: direction)
        for piece in form.pieces {
            switch piece {
            case .square(let inside, let factor):
                let slope = share(of: inside, along: direction)
                let isRisen = factor > 0 && inside.worst > 0
                // A square is at its largest where the error has the sign of the number.
                let signs = !isRisen ? [0.0] : found.count < 4 ? [1.0, -1.0] : [0.0]
                found = found.flatMap { quadratic in
                    signs.map { sign in
                        let moved = inside.constant + sign * inside.worst
                        var sum = quadratic
                        sum.second += factor * slope * slope
                        sum.first += factor * 2 * slope * moved
                        sum.constant += factor * moved * moved
                        if sign == 0 { sum.constant += spread(of: inside, inside, factor) }
                        return sum
                    }
                }
            case .product(let left, let right, let factor):
                let (a, b) = (share(of: left, along: direction), share(of: right, along: direction))
                for place in found.indices {
                    found[place].second += factor * a * b
                    found[place].first += factor * (a * right.constant + b * left.constant)
                    found[place].constant +=
                        factor * left.constant * right.constant + spread(of: left, right, factor)
                }
            case .largest, .amount, .norm: return nil
            }
        }
        return found
    }

    /// By how much errors can move a product, at most.
    private func spread(of left: LinearForm, _ right: LinearForm, _ factor: Double) -> Double {
        let (a, b) = (left.worst, right.worst)
        return a == 0 && b == 0 ? 0 : abs(factor) * (a * largest(right) + b * largest(left) + a * b)
    }

    /// The largest absolute value in the box, without errors.
    private func largest(_ form: LinearForm) -> Double {
        let (low, high) = (form.coefficients * box.low, form.coefficients * box.high)
        let least = form.constant + pointwiseMin(low, high).sum()
        return max(abs(least), abs(form.constant + pointwiseMax(low, high).sum()))
    }

    /// The direction in which everything that a form consists of changes; nothing where there are several, or a norm.
    private func direction(of form: PiecewiseForm) -> ActionVector? {
        var found: ActionVector?
        func isAlong(_ part: LinearForm) -> Bool {
            let own = part.coefficients
            guard own != ActionVector(repeating: 0) else { return true }
            guard let direction = found else {
                found = own
                return true
            }
            let rest = own - share(of: part, along: direction) * direction
            return (rest * rest).sum() <= 1e-24 * (own * own).sum()
        }
        for piece in form.pieces {
            switch piece {
            case .square(let inside, _): if !isAlong(inside) { return nil }
            case .product(let left, let right, _): if !isAlong(left) || !isAlong(right) { return nil }
            case .largest, .amount, .norm: return nil
            }
        }
        return isAlong(form.linear) ? found ?? form.linear.coefficients : nil
    }

    private func share(of form: LinearForm, along direction: ActionVector) -> Double {
        let length = (direction * direction).sum()
        return length > 0 ? (form.coefficients * direction).sum() / length : 0
    }

    /// That a quadratic is at most 0: between its roots, or outside of them.
    private mutating func atMost0(_ own: Quadratic) -> Conjunction? {
        let discriminant = own.first * own.first - 4 * own.second * own.constant
        guard discriminant.isFinite else { return .relaxed }
        if own.second == 0 || own.direction == ActionVector(repeating: 0) {
            var form = LinearForm(own.constant)
            form.coefficients = own.first * own.direction
            return halfSpace(form)
        }
        guard discriminant >= 0 else { return own.second > 0 ? nil : .nothing }
        // The root of larger size first, without a difference of what is nearly equal.
        let sum = -0.5 * (own.first + (own.first < 0 ? -1 : 1) * discriminant.squareRoot())
        let roots = (sum / own.second, sum == 0 ? 0 : own.constant / sum)
        let (low, high) = (min(roots.0, roots.1), max(roots.0, roots.1))
        let (above, below) = (side(own, low, -1), side(own, high, 1))
        if own.second > 0 { return both(halfSpace(above), halfSpace(below)) }
        return either([halfSpace(-above), halfSpace(-below)])
    }

    /// sign · (u − root), which is at most 0 on one side of the root.
    private func side(_ own: Quadratic, _ root: Double, _ sign: Double) -> LinearForm {
        var form = LinearForm(-sign * root)
        form.coefficients = sign * own.direction
        // What the quadratic's own rounding moves its root by.
        let slope = abs(2 * own.second * root + own.first)
        if slope > 0 { form.magnitude += own.magnitude(root) / slope }
        return form
    }

    // MARK: - Tangents

    /// The affine number that is equal at a point, errors at their worst, and has the same slope.
    private func tangent(of form: PiecewiseForm, at anchor: ActionVector) -> LinearForm {
        var sum = form.linear
        for piece in form.pieces {
            switch piece {
            case .square(let inside, let factor):
                sum = sum + tangent(inside, inside, factor, at: anchor)
            case .product(let left, let right, let factor):
                sum = sum + tangent(left, right, factor, at: anchor)
            case .norm(let parts, let factor): sum = sum + tangent(parts, factor, at: anchor)
            case .largest, .amount: break
            }
        }
        return sum
    }

    private func value(_ form: LinearForm, _ anchor: ActionVector) -> Double {
        form.constant + (form.coefficients * anchor).sum()
    }

    private func tangent(
        _ left: LinearForm, _ right: LinearForm, _ factor: Double, at anchor: ActionVector
    ) -> LinearForm {
        let (a, b) = (value(left, anchor), value(right, anchor))
        return factor * (b * left + a * right + LinearForm(-a * b))
    }

    /// A norm's tangent where errors move it most: outwards where it must be small, inwards where it must be large.
    private func tangent(_ parts: [LinearForm], _ factor: Double, at anchor: ActionVector) -> LinearForm {
        let moved = parts.map { part in
            let (own, error) = (value(part, anchor), part.worst)
            return factor > 0
                ? own + (own < 0 ? -error : error) : own < 0 ? min(own + error, 0) : max(own - error, 0)
        }
        let length = moved.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else {
            // Every direction leads away from the middle of a norm.
            return factor * parts[0]
        }
        return zip(parts, moved).reduce(LinearForm(0)) { $0 + (factor * $1.1 / length) * $1.0 }
    }
}
