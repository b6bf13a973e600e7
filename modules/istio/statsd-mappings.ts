/** How the rate limit service's statsd metrics become Prometheus metrics; whatever isn't listed is dropped. */
export function statsdMappings(): object {
  const limits = ['near_limit', 'over_limit', 'total_hits', 'within_limit'];
  const perLimit = (keys: number) =>
    limits.map((limit) => ({
      match: `ratelimit.service.rate_limit.*.${'*.'.repeat(keys)}${limit}`,
      name: `ratelimit_service_rate_limit_${limit}`,
      timer_type: 'histogram',
      labels: {
        domain: '$1',
        ...Object.fromEntries(Array.from({ length: keys }, (_, key) => [`key${key + 1}`, `$${key + 2}`])),
      },
    }));
  return {
    defaults: { ttl: '1m' },
    mappings: [
      ...perLimit(1),
      ...perLimit(2),
      {
        match: 'ratelimit.service.call.should_rate_limit.*',
        name: 'ratelimit_service_should_rate_limit_error',
        match_metric_type: 'counter',
        labels: { err_type: '$1' },
      },
      {
        match: 'ratelimit_server.*.total_requests',
        name: 'ratelimit_service_total_requests',
        match_metric_type: 'counter',
        labels: { grpc_method: '$1' },
      },
      {
        match: 'ratelimit_server.*.response_time',
        name: 'ratelimit_service_response_time_seconds',
        timer_type: 'histogram',
        labels: { grpc_method: '$1' },
      },
      ...['success', 'error'].map((result) => ({
        match: `ratelimit.service.config_load_${result}`,
        name: `ratelimit_service_config_load_${result}`,
        match_metric_type: 'counter',
        ttl: '3m',
      })),
      { match: '.', match_type: 'regex', action: 'drop', name: 'dropped' },
    ],
  };
}
