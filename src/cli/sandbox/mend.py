"""What the emulator lacks of a service: that its rollout repeats what it was told of Service Connect, as on AWS."""

import json as _json

from ministack.services import ecs as _ecs

_DISPATCHED = {name: _ecs._ACTION_MAP[name] for name in ("CreateService", "UpdateService")}


def _mended(name):
    def answer(data):
        response = _DISPATCHED[name](data)
        if response[0] != 200:
            return response
        arn = _json.loads(response[2])["service"]["serviceArn"]
        service = next(it for it in _ecs._services.values() if it["serviceArn"] == arn)
        told = data.get("serviceConnectConfiguration") or service.get("_connect") or {}
        service["_connect"] = told
        if told.get("enabled") and service["deployments"]:
            service["deployments"][0]["serviceConnectConfiguration"] = told
        elif service["deployments"]:
            service["deployments"][0].pop("serviceConnectConfiguration", None)
        return response

    return answer


_ecs._ACTION_MAP.update({name: _mended(name) for name in _DISPATCHED})
