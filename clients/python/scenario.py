from commonweal_client import Client
from commonweal_client.api.incidents import grid_list_incidents
from commonweal_client.models import IncidentPage

client = Client(base_url="x")
page = grid_list_incidents.sync(client=client)
if isinstance(page, IncidentPage):
    print(len(page.items))
