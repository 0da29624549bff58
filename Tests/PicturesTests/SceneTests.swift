import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

/// The picture of one black shape on white, one pixel a unit.
private func picture(_ shape: Scene.Shape, side: Int = 20, opacity: Double = 1) throws -> [[Double]] {
    let extent = 0...Double(side)
    var scene = Scene(x: extent, y: extent)
    scene.add(shape, Scene.Colour(0, opacity: opacity))
    return try coverage(of: scene.frame(side: side, of: "test"))
}

/// Share of every pixel that is black; rows from the top.
private func coverage(of frame: Frame) -> [[Double]] {
    (0..<frame.height).map { row in
        (0..<frame.width).map { 1 - Double(frame.pixels[(row * frame.width + $0) * 3]) / 255 }
    }
}

extension [[Double]] {
    fileprivate var sum: Double { joined().reduce(0, +) }
}

@Suite struct SceneTests {
    @Test func aRectangleOfWholePixelsIsExact() throws {
        let shares = try picture(.rectangle(x: 3...7, y: 2...5))
        for row in 0..<20 {
            for column in 0..<20 {
                #expect(shares[row][column] == ((15..<18).contains(row) && (3..<7).contains(column) ? 1 : 0))
            }
        }
    }

    @Test func anEdgeInsideAPixelMixesByItsShare() throws {
        let shares = try picture(.rectangle(x: 3.25...7, y: 2...4.5))
        // Rounded to one of 256 levels.
        #expect(abs(shares[17][3] - 0.75) < 0.002)
        #expect(abs(shares[15][4] - 0.5) < 0.003)
        #expect(abs(shares[15][3] - 0.375) < 0.003)
        #expect(shares[17][4] == 1)
    }

    @Test(arguments: [0.3, 0.5, 2, 7.25, 37.3, 90])
    func aDiscCoversItsArea(_ radius: Double) throws {
        let shares = try picture(.disc(x: 100.3, y: 99.9, radius: radius), side: 200)
        #expect(abs(shares.sum - .pi * radius * radius) < 0.02 + 0.002 * radius)
        #expect(shares.joined().allSatisfy { (0...1).contains($0) })
    }

    @Test func aCircleCoversTheAreaOfItsLine() throws {
        let shares = try picture(.circle(x: 50, y: 50, radius: 30, width: 4), side: 100)
        #expect(abs(shares.sum - .pi * (32 * 32 - 28 * 28)) < 0.5)
        #expect(shares[50][50] == 0 && shares[50][80] == 1)
        let full = try picture(.circle(x: 50, y: 50, radius: 3, width: 8), side: 100)
        #expect(abs(full.sum - .pi * 49) < 0.2)
    }

    @Test func aLineHasItsWidthAndRoundEnds() throws {
        let shares = try picture(.line([.init(20, 30), .init(50, 70)], width: 6), side: 100)
        #expect(abs(shares.sum - (50 * 6 + .pi * 9)) < 0.5)
        let dot = try picture(.line([.init(20, 30), .init(20, 30)], width: 6), side: 100)
        #expect(abs(dot.sum - .pi * 9) < 0.1)
        #expect(try picture(.line([], width: 6)).sum == 0)
    }

    @Test func jointsOfATransparentLineAreNotDarker() throws {
        let points = (0..<40).map { Scene.Point(5 + 2.3 * Double($0), 50 + 20 * sin(Double($0) / 6)) }
        let shares = try picture(.line(points, width: 5), side: 100)
        let half = try picture(.line(points, width: 5), side: 100, opacity: 0.5)
        for (full, faint) in zip(shares.joined(), half.joined()) { #expect(abs(full / 2 - faint) < 0.005) }
        // A curve of this length: its area is nearly length times width.
        let length = zip(points, points.dropFirst()).reduce(0) {
            $0 + hypot($1.0.x - $1.1.x, $1.0.y - $1.1.y)
        }
        #expect(abs(shares.sum - (length * 5 + .pi * 6.25)) < 0.015 * shares.sum)
    }

    /// Against 64 × 64 samples in every pixel.
    @Test func polygonsCoverWhatSamplesSay() throws {
        var stream = RandomStream(seed: 3, for: .testing)
        for _ in 0..<40 {
            // Around a centre in rising angle, so that it does not overlap itself; parts lie outside.
            let count = 3 + stream.nextInteger(below: 6)
            let centre = (Double(stream.nextUniform(in: 0..<10)), Double(stream.nextUniform(in: 0..<10)))
            let corners = (0..<count).map { index in
                let angle = (Double(index) + 0.8 * Double(stream.nextUniform())) / Double(count) * 2 * .pi
                let radius = Double(stream.nextUniform(in: 1..<8))
                return Scene.Point(centre.0 + radius * cos(angle), centre.1 + radius * sin(angle))
            }
            let shares = try picture(.polygon(corners), side: 10)
            let reversed = try picture(.polygon(corners.reversed()), side: 10)
            for row in 0..<10 {
                for column in 0..<10 {
                    let expected = Self.sampled(corners, x: Double(column), y: Double(9 - row))
                    #expect(abs(shares[row][column] - expected) < 0.025)
                    #expect(reversed[row][column] == shares[row][column])
                }
            }
        }
    }

    private static func sampled(_ corners: [Scene.Point], x: Double, y: Double) -> Double {
        var inside = 0
        for index in 0..<64 * 64 {
            let (px, py) = (x + (Double(index % 64) + 0.5) / 64, y + (Double(index / 64) + 0.5) / 64)
            var isInside = false
            for (a, b) in zip(corners, corners.dropFirst() + corners.prefix(1)) where (a.y > py) != (b.y > py)
            {
                if px < a.x + (py - a.y) / (b.y - a.y) * (b.x - a.x) { isInside.toggle() }
            }
            if isInside { inside += 1 }
        }
        return Double(inside) / (64 * 64)
    }

    @Test func whatLiesOutsideIsCutOff() throws {
        #expect(abs(try picture(.disc(x: 0, y: 10, radius: 5)).sum - .pi * 12.5) < 0.1)
        #expect(abs(try picture(.disc(x: 20, y: 20, radius: 5)).sum - .pi * 6.25) < 0.1)
        #expect(try picture(.disc(x: -100, y: 10, radius: 5)).sum == 0)
        #expect(try picture(.disc(x: 10, y: 400, radius: 5)).sum == 0)
        #expect(try picture(.rectangle(x: -1e12...1e12, y: -1e200...1e200)).sum == 400)
        #expect(abs(try picture(.disc(x: 0, y: 10, radius: 1e300)).sum - 400) < 1)
        #expect(abs(try picture(.line([.init(-1e9, 10), .init(1e9, 10)], width: 2)).sum - 40) < 0.01)
    }

    @Test func upIsUpAndLaterShapesCoverEarlierOnes() throws {
        var scene = Scene(x: 0...4, y: 10...12, background: .blue)
        scene.add(.rectangle(x: 0...4, y: 11...12), .white)
        scene.add(.rectangle(x: 0...1, y: 10...12), .red.opacity(0.5))
        let frame = try scene.frame(side: 4, of: "test")
        #expect((frame.width, frame.height) == (4, 2))
        let half: [UInt8] = [240, 152, 152]
        #expect(Array(frame.pixels[..<6]) == half + [255, 255, 255])
        #expect(Array(frame.pixels[15...17]) == [0x0b, 0x6b, 0xcb])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aCoordinateThatIsNoNumberIsAnError(_ value: Double) throws {
        let shapes: [Scene.Shape] = [
            .disc(x: value, y: 0, radius: 1), .disc(x: 0, y: 0, radius: value),
            .line([.init(0, value)], width: 1),
            .polygon([.init(0, 0), .init(1, 1), .init(value, 0)]),
            .circle(x: 0, y: 0, radius: 1, width: value),
        ]
        for shape in shapes {
            var scene = Scene(x: 0...1, y: 0...1)
            scene.add(.disc(x: 0, y: 0, radius: 1), .ink)
            scene.add(shape, .ink)
            let error = #expect(throws: SceneError.self) { try scene.frame(of: "rail") }
            #expect(
                error?.description
                    == "rail: figure 2 of its scene has a coordinate that is not a finite number. "
                    + "Repair the environment's \"scene\".")
        }
    }
}
