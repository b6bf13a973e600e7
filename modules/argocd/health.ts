/** Teaches ArgoCD when a cert-manager Certificate is healthy (Lua, as ArgoCD wants it). */
export const certificateHealth = `cert-manager.io/Certificate:
  health.lua: |
    local health = { status = "Progressing", message = "Waiting for certificate" }
    for _, condition in ipairs((obj.status or {}).conditions or {}) do
      if condition.type == "Ready" then
        health.message = condition.message
        if condition.status == "True" then
          health.status = "Healthy"
        elseif condition.status == "False" then
          health.status = "Degraded"
        end
      end
    end
    return health
`;
