#pragma once

#include "club.hpp"
#include "foldline_tests/people/v1/members.pb.h"
#include "ran.hpp"

#include <foldline/cli/application.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace foldline_tests {

/// What the program of a club can do with a plan that it does not know: nothing, until it is mended.
struct knowledge {
    bool of_all_plans = false;
};

/// Keeps how many members have each plan. Fails at plans that begin with "unknown", as long as it does not know them.
[[nodiscard]] inline foldline::sql_projection plans_projection(std::shared_ptr<const knowledge> known) {
    foldline::sql_projection plans{"plans", 1};
    plans.table("plans", "create table plans (member text primary key, plan text not null) strict");
    plans.on([known = std::move(known)](const people::v1::PlanChanged& event, const foldline::event_view& view,
                                        foldline::sql_session& rows) {
        if (event.plan().rfind("unknown", 0) == 0 && !known->of_all_plans)
            throw std::runtime_error("there is no plan " + event.plan());
        rows.execute("insert into plans values (?1, ?2) on conflict (member) do update set plan = ?2",
                     view.stream.to_string(), event.plan());
    });
    plans.erase_key_by([](std::string_view member, foldline::sql_session& rows) {
        rows.execute("delete from plans where member = ?1", member);
    });
    return plans;
}

/// Counts all events of the club.
[[nodiscard]] inline foldline::sql_projection changes_projection() {
    foldline::sql_projection changes{"changes", 1};
    changes.table("changes", "create table changes (position integer primary key) strict");
    changes.on([](const people::v1::PlanChanged&, const foldline::event_view& view, foldline::sql_session& rows) {
        rows.execute("insert into changes values (?1)", view.position.value);
    });
    return changes;
}

/// The wiring of the club's program.
class clubhouse final : public foldline::cli::projection_host {
public:
    clubhouse(const std::filesystem::path& store, std::shared_ptr<const knowledge> known)
        : file_(store, undurable()), models_file_(store.string() + ".read-models", undurable()) {
        const auto policy = foldline::error_policy::park_at_once();
        described_ = {{"plans", "The plan of each member",
                       [known] { return std::make_unique<foldline::sql_projection>(plans_projection(known)); }, policy},
                      {"changes", "Where plans changed",
                       [] { return std::make_unique<foldline::sql_projection>(changes_projection()); }, policy}};
    }

    [[nodiscard]] const foldline::event_store& events() override { return events_; }
    [[nodiscard]] foldline::read_model_store& models() override { return models_; }
    [[nodiscard]] foldline::commit_signal& commits() override { return events_.commits(); }
    [[nodiscard]] std::span<const foldline::cli::described_projection> projections() const override {
        return described_;
    }

private:
    static foldline::sqlite::database_options undurable() {
        foldline::sqlite::database_options options;
        options.durable = foldline::sqlite::durability::off;
        return options;
    }

    foldline::testing::manual_clock time_;
    foldline::testing::sequential_ids ids_;
    foldline::sqlite::database file_;
    foldline::sqlite::sqlite_event_store events_{file_, time_, ids_};
    foldline::sqlite::database models_file_;
    foldline::sqlite::sqlite_read_models models_{models_file_};
    std::vector<foldline::cli::described_projection> described_;
};

/// A club with a program that projects, and runs of it.
class projecting_club : public club {
public:
    projecting_club() {
        program.name = "clubs";
        program.projections = [known = known](const std::filesystem::path& file) {
            return std::make_unique<clubhouse>(file, known);
        };
    }

    void change_plan(const std::string& member, const std::string& plan) {
        people::v1::PlanChanged event;
        event.set_plan(plan);
        store(member, event);
    }

    /// `verb STORE more…`, where `verb` may be of two words.
    [[nodiscard]] ran run(std::vector<std::string> verb, const std::vector<std::string>& more = {}) const {
        verb.push_back(path());
        verb.insert(verb.end(), more.begin(), more.end());
        return ran{std::move(verb), program};
    }
    [[nodiscard]] ran catch_up(std::vector<std::string> more = {}) const {
        more.insert(more.end(), {"--until-current", "--alone"});
        return run({"follow"}, more);
    }
    [[nodiscard]] std::string models_path() const { return path() + ".read-models"; }

    std::shared_ptr<knowledge> known = std::make_shared<knowledge>();
    foldline::cli::application program;
};

}  // namespace foldline_tests
