//! One plot, as HTML and SVG.
//!
//! Enters: series of points and their axes. Leaves: a `<figure>`. Lines are SVG that stretches with the page; every word is
//! HTML beside it, so that it keeps its size on a phone. It is read without a script; one shows figures under the pointer.

use std::fmt::Write as _;

use super::html::escape;
use super::scale::Axis;

/// Places along the width at which the script shows figures.
const HOVER_PLACES: usize = 150;

/// What a series looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A line.
    Line,
    /// A thinner line, for what is less than the others.
    Faint,
    /// A line over a tinted ground.
    Area,
    /// A bar at each point, as wide as the way to the next.
    Bars,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    /// Which of the colours, from 0.
    pub(super) colour: usize,
    pub(super) look: Look,
    /// In the order of x. A point without y breaks the line.
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// A line across the plot, with a word.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) label: String,
    /// At an x, and not at a y.
    pub(super) upright: bool,
}

/// A span of x with a name.
#[derive(Debug, Clone)]
pub(super) struct Band {
    pub(super) name: String,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// A plot.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What it shows and how it looks when all is well, for somebody who has never seen one.
    pub(super) caption: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
    pub(super) bands: Vec<Band>,
    pub(super) marks: Vec<Mark>,
    /// How a value is written.
    pub(super) y_label: fn(f64) -> String,
    /// How an x is written.
    pub(super) x_label: fn(f64) -> String,
    /// What the plot is without anything to draw.
    pub(super) empty: &'static str,
}

impl Chart {
    /// Appends the figure.
    pub(super) fn write(&self, out: &mut String) {
        let title = self.title;
        let _ = write!(out, "<figure><figcaption><h3>{title}</h3><p>{}</p></figcaption>", escape(&self.caption));
        if self.series.iter().all(|series| series.points.iter().all(|(_, y)| y.is_none())) {
            let _ = write!(out, "<p class=\"none\">{}</p></figure>", self.empty);
            return;
        }
        if self.series.len() > 1 {
            out.push_str("<ul class=\"key\">");
            for series in &self.series {
                let _ = write!(out, "<li class=\"{}\">{}</li>", class(series), escape(&series.name));
            }
            out.push_str("</ul>");
        }
        out.push_str("<div class=\"frame\"><div class=\"y\" aria-hidden=\"true\">");
        for (place, label) in &self.y.ticks {
            let _ = write!(out, "<span style=\"bottom:{}%\">{label}</span>", round(place * 100.0));
        }
        let _ = write!(out, "</div><div class=\"plot\" data-hover=\"{}\">", escape(&self.hover()));
        self.write_bands(out);
        self.write_svg(out);
        self.write_marks(out);
        out.push_str("</div><div class=\"x\" aria-hidden=\"true\">");
        for (place, label) in &self.x.ticks {
            let end = if *place > 0.96 { " class=\"end\"" } else { "" };
            let _ = write!(out, "<span{end} style=\"left:{}%\">{label}</span>", round(place * 100.0));
        }
        out.push_str("</div></div></figure>");
    }

    fn write_bands(&self, out: &mut String) {
        for (place, band) in self.bands.iter().enumerate() {
            let (from, to) = (self.x.place(band.from), self.x.place(band.to));
            let name = escape(&band.name);
            let _ = write!(
                out,
                "<div class=\"band\" style=\"left:{}%;width:{}%\" title=\"{name}\"><p><b>{}</b> <span>{name}</span></p></div>",
                round(from * 100.0),
                round((to - from) * 100.0),
                place + 1
            );
        }
    }

    fn write_marks(&self, out: &mut String) {
        for mark in &self.marks {
            let (side, place) =
                if mark.upright { ("left", self.x.place(mark.at)) } else { ("bottom", self.y.place(mark.at)) };
            let kind = match (mark.upright, place) {
                (true, 0.7..) => " upright late",
                (true, _) => " upright",
                (false, 0.85..) => " high",
                (false, _) => "",
            };
            let (place, label) = (round(place * 100.0), escape(&mark.label));
            let _ = write!(out, "<div class=\"mark{kind}\" style=\"{side}:{place}%\"><span>{label}</span></div>");
        }
    }

    fn write_svg(&self, out: &mut String) {
        let _ = write!(
            out,
            "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            escape(&self.in_words())
        );
        let mut grid = String::new();
        for (place, _) in &self.y.ticks {
            let _ = write!(grid, "M0 {0}H1000", round(1000.0 - place * 1000.0));
        }
        let _ = write!(out, "<path class=\"grid\" d=\"{grid}\"/>");
        for series in &self.series {
            let path = self.path(series);
            if series.look == Look::Area {
                let _ = write!(out, "<path class=\"{} ground\" d=\"{}\"/>", class(series), self.ground(series));
            }
            let _ = write!(out, "<path class=\"{}\" d=\"{path}\"/>", class(series));
        }
        out.push_str("</svg>");
    }

    fn point(&self, x: f64, y: f64) -> (f64, f64) {
        (round(self.x.place(x) * 1000.0), round(1000.0 - self.y.place(y) * 1000.0))
    }

    fn path(&self, series: &Series) -> String {
        let mut path = String::new();
        if series.look == Look::Bars {
            for pair in series.points.windows(2) {
                let [(from, Some(height)), (to, _)] = *pair else { continue };
                let ((left, top), (right, _)) = (self.point(from, height), self.point(to, height));
                let _ = write!(path, "M{left} 1000V{top}H{}V1000Z", round(right - (right - left) * 0.12));
            }
            return path;
        }
        let mut pen_down = false;
        for (x, y) in &series.points {
            let Some(y) = y else {
                pen_down = false;
                continue;
            };
            let (x, y) = self.point(*x, *y);
            let _ = write!(path, "{}{x} {y}", if pen_down { 'L' } else { 'M' });
            // A point alone is seen as a dot, since lines have round ends.
            if !pen_down {
                path.push_str("h0");
            }
            pen_down = true;
        }
        path
    }

    /// What lies below a line.
    fn ground(&self, series: &Series) -> String {
        let mut path = String::new();
        for run in series.points.split(|(_, y)| y.is_none()).filter(|run| run.len() > 1) {
            let mut ends = (0.0, 0.0);
            for (place, (x, y)) in run.iter().enumerate() {
                let (x, y) = self.point(*x, y.unwrap_or(0.0));
                let _ = write!(path, "{}{x} {y}", if place == 0 { 'M' } else { 'L' });
                ends = if place == 0 { (x, x) } else { (ends.0, x) };
            }
            let _ = write!(path, "L{} 1000L{} 1000Z", ends.1, ends.0);
        }
        path
    }

    /// For those who can't see it.
    fn in_words(&self) -> String {
        let mut text = format!("{}.", self.title);
        for series in &self.series {
            let values = || series.points.iter().filter_map(|(x, y)| Some((*x, (*y)?)));
            let Some((at, most)) = values().max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
            let _ = write!(text, " {}: at most {} at {}.", series.name, (self.y_label)(most), (self.x_label)(at));
        }
        text
    }

    /// What the script shows: a JSON list of places (of 1,000) with texts.
    fn hover(&self) -> String {
        let mut places = Vec::with_capacity(HOVER_PLACES);
        for step in 0..=HOVER_PLACES {
            let place = step as f64 / HOVER_PLACES as f64;
            let x = self.x.value(place);
            let reach = (self.x.value((place + 1.0 / HOVER_PLACES as f64).min(1.0)) - x).abs();
            let mut lines = Vec::new();
            for series in &self.series {
                if let Some(value) = near(series, x, reach) {
                    let name = if self.series.len() > 1 { series.name.as_str() } else { "" };
                    lines.push(format!("{name} {}", (self.y_label)(value)).trim().to_owned());
                }
            }
            if !lines.is_empty() {
                places.push((round(place * 1000.0), (self.x_label)(x), lines));
            }
        }
        serde_json::to_string(&places).unwrap_or_default()
    }
}

/// The value of a series at an x: of the bar there, or of the nearest point that is no further than the points lie apart.
fn near(series: &Series, x: f64, reach: f64) -> Option<f64> {
    let after = series.points.partition_point(|(at, _)| *at <= x);
    let (before, after) = (after.checked_sub(1).and_then(|at| series.points.get(at)), series.points.get(after));
    if series.look == Look::Bars {
        return before.and(after).and(before?.1);
    }
    let gap = match (before, after) {
        (Some(before), Some(after)) => after.0 - before.0,
        _ => 0.0,
    };
    let nearest = [before, after].into_iter().flatten().min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()))?;
    ((nearest.0 - x).abs() <= reach.max(gap)).then_some(nearest.1).flatten()
}

fn class(series: &Series) -> String {
    let look = match series.look {
        Look::Line => "line",
        Look::Faint => "line faint",
        Look::Area => "line area",
        Look::Bars => "bars",
    };
    format!("{look} c{}", series.colour % super::COLOURS)
}

/// One digit behind the point is finer than a pixel.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
