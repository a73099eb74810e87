#pragma once

#include "support/passing_models.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace foldline_tests {

/// Calls `refused` whenever a transaction was refused because its claim was lost.
class counting_models final : public passing_models {
public:
    counting_models(foldline::read_model_store& inner, std::function<void()> refused)
        : passing_models(inner), refused_(std::move(refused)) {}
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;

private:
    std::function<void()> refused_;
};

/// Planted, `no_fence`: a transaction takes the claims for good, whosever they are when it first changes something.
class unfenced_models final : public passing_models {
public:
    using passing_models::passing_models;
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;
};

/// Planted, `position_only`: one transaction in four moves the position, and leaves the rows out.
class rowless_models final : public passing_models {
public:
    using passing_models::passing_models;
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;

private:
    int begun_ = 0;
};

/// Planted, `order_lost`: a worker that looks at what is parked finds nothing, and applies what should wait.
class forgetful_models final : public passing_models {
public:
    explicit forgetful_models(foldline::read_model_store& inner);
    ~forgetful_models() override;
    [[nodiscard]] foldline::dead_letter_store& dead_letters() override;
    [[nodiscard]] const foldline::dead_letter_store& dead_letters() const override;

private:
    std::unique_ptr<foldline::dead_letter_store> letters_;
};

/// Planted, `replay_moves`: a replay puts the position where the first event was that it tried.
class moved_models final : public passing_models {
public:
    /// `file`: that of `inner`.
    moved_models(foldline::read_model_store& inner, foldline::sqlite::database& file);
    ~moved_models() override;
    [[nodiscard]] foldline::dead_letter_store& dead_letters() override;
    [[nodiscard]] const foldline::dead_letter_store& dead_letters() const override;

private:
    std::unique_ptr<foldline::dead_letter_store> letters_;
};

}  // namespace foldline_tests
