import Foundation
import Storage

/// A scene that cannot be drawn.
public enum SceneError: Fault, Equatable {
    /// A coordinate, radius or width that is NaN or infinite; figures count from 1 in the order of `add`.
    case notFinite(environment: String, figure: Int)

    /// What kind of fault it is.
    public var kind: FaultKind { .internalFault }

    /// One sentence.
    public var description: String {
        switch self {
        case .notFinite(let environment, let figure):
            "\(oneLine(environment)): figure \(figure) of its scene has a coordinate that is not a finite number. "
                + "Repair the environment's \"scene\"."
        }
    }
}

extension Scene {
    /// The picture of the scene: edges are mixed by the share of each pixel that is covered.
    ///
    /// Equal scenes give equal pixels. Circles are polygons of the same area, at most 0.01 pixels away.
    ///
    /// - Parameters:
    ///   - side: pixels of the longer side; the shorter one follows from the scene.
    ///   - environment: whose scene it is, for errors.
    /// - Returns: the picture.
    /// - Throws: `SceneError`.
    package func frame(side: Int = 480, of environment: String) throws -> Frame {
        precondition(side >= 1, "a picture of \(side) pixels")
        let (width, height) = (x.upperBound - x.lowerBound, y.upperBound - y.lowerBound)
        let scale = Double(side) / max(width, height)
        func pixels(_ extent: Double) -> Int { min(max(Int((extent * scale).rounded()), 1), side) }
        var canvas = Canvas(width: pixels(width), height: pixels(height), background)
        let view = View(left: x.lowerBound, top: y.upperBound, scale: scale)
        for (index, figure) in figures.enumerated() {
            let parts = view.parts(of: figure.shape)
            guard parts.joined().joined().allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else {
                throw SceneError.notFinite(environment: environment, figure: index + 1)
            }
            var mask = CoverageMask(
                over: CoverageMask.bounds(of: Array(parts.joined())), width: canvas.width,
                height: canvas.height)
            for part in parts { mask.unite(part) }
            canvas.fill(mask, figure.colour)
        }
        return canvas.frame
    }
}

/// From the world to pixels.
private struct View {
    let left, top, scale: Double

    /// What a shape is the union of: parts, each of closed paths in pixels.
    func parts(of shape: Scene.Shape) -> [[[Scene.Point]]] {
        switch shape {
        case .disc(let x, let y, let radius):
            return [[circle(around: pixel(.init(x, y)), pixels(radius))]]
        case .circle(let x, let y, let radius, let width):
            let (centre, outer) = (pixel(.init(x, y)), pixels(radius + width / 2))
            if radius <= width / 2 { return [[circle(around: centre, outer)]] }
            let inner = circle(around: centre, pixels(radius - width / 2))
            return [[circle(around: centre, outer), inner.reversed()]]
        case .polygon(let points): return points.isEmpty ? [] : [[points.map(pixel)]]
        case .line(let points, let width), .trail(let points, let width):
            return strokes(points.map(pixel), pixels(width / 2))
        }
    }

    private func pixel(_ point: Scene.Point) -> Scene.Point {
        Scene.Point(pixels(point.x - left), pixels(top - point.y))
    }

    /// A length; what is a million pixels away is drawn no further away, so that sums of areas stay exact.
    private func pixels(_ length: Double) -> Double {
        length.isFinite ? min(max(length * scale, -1e6), 1e6) : length
    }

    /// A polygon of the circle's area.
    private func circle(around centre: Scene.Point, _ radius: Double) -> [Scene.Point] {
        let step = 2 * .pi / Double(corners(of: radius))
        let corner = radius * (step / sin(step)).squareRoot()
        return (0..<corners(of: radius)).map { at(centre, corner, step * Double($0)) }
    }

    /// So many that a polygon of the circle's area is at most 0.01 pixels away from it; 720 for the largest.
    private func corners(of radius: Double) -> Int {
        guard radius > 0.02, radius.isFinite else { return 8 }
        return min(max(Int((.pi / acos(1 - 0.01 / radius)).rounded(.up)), 8), 720)
    }

    private func at(_ centre: Scene.Point, _ radius: Double, _ angle: Double) -> Scene.Point {
        Scene.Point(centre.x + radius * cos(angle), centre.y + radius * sin(angle))
    }

    /// One part for each piece of a path: a strip with a half circle at either end.
    private func strokes(_ points: [Scene.Point], _ radius: Double) -> [[[Scene.Point]]] {
        guard let first = points.first else { return [] }
        let strips = zip(points, points.dropFirst()).filter { $0 != $1 }.map { start, end in
            let (direction, half) = (atan2(end.y - start.y, end.x - start.x), corners(of: radius) / 2)
            func cap(_ centre: Scene.Point, from angle: Double) -> [Scene.Point] {
                (0...half).map { at(centre, radius, angle + .pi * Double($0) / Double(half)) }
            }
            return [cap(end, from: direction - .pi / 2) + cap(start, from: direction + .pi / 2)]
        }
        // A point alone is a dot.
        return strips.isEmpty ? [[circle(around: first, radius)]] : strips
    }
}
