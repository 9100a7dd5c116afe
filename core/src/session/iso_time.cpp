#include "iso_time.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>

namespace agents {

namespace {

// The formatting and clocks of the C++ library bring code for much else.
std::string digits(std::int64_t number, std::size_t width) {
  auto text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

int numberAt(std::string_view text, std::size_t from, std::size_t width) {
  int number = 0;
  for (char digit : text.substr(from, width)) number = number * 10 + (digit - '0');
  return number;
}

}  // namespace

std::int64_t nowMs() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::string isoTime(std::int64_t ms) {
  using namespace std::chrono;
  sys_time<milliseconds> time{milliseconds(ms)};
  auto day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss clock(time - day);
  return digits(static_cast<int>(date.year()), 4) + '-' + digits(static_cast<unsigned>(date.month()), 2) + '-' +
         digits(static_cast<unsigned>(date.day()), 2) + 'T' + digits(clock.hours().count(), 2) + ':' +
         digits(clock.minutes().count(), 2) + ':' + digits(clock.seconds().count(), 2) + '.' +
         digits(clock.subseconds().count(), 3) + 'Z';
}

// Whatever it is not, its time is written otherwise: so no part of it needs a check of its own.
std::optional<std::int64_t> timeFrom(std::string_view iso) {
  using namespace std::chrono;
  if (iso.size() != 24) return std::nullopt;
  auto day = static_cast<unsigned>(numberAt(iso, 8, 2));
  auto date = year(numberAt(iso, 0, 4)) / month(static_cast<unsigned>(numberAt(iso, 5, 2))) / std::chrono::day(day);
  if (!date.ok()) return std::nullopt;
  auto seconds = numberAt(iso, 11, 2) * 3600 + numberAt(iso, 14, 2) * 60 + numberAt(iso, 17, 2);
  auto ms = sys_days(date).time_since_epoch() / milliseconds(1) + seconds * 1000LL + numberAt(iso, 20, 3);
  if (isoTime(ms) != iso) return std::nullopt;
  return ms;
}

}  // namespace agents
