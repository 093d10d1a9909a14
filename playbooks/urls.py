"""Addresses of the day, tasks and playbooks."""

from __future__ import annotations

from django.urls import path

from playbooks.views import day, design, playbooks, plays, tasks

app_name = "playbooks"

urlpatterns = [
    path("", day.day, name="day"),
    path("day/new/", day.arrived, name="arrived"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:pk>/done/", tasks.done, name="task_done"),
    path("tasks/<int:pk>/undo/", tasks.undo, name="task_undo"),
    path("tasks/<int:pk>/snooze/", tasks.snooze, name="task_snooze"),
    path("tasks/<int:pk>/wake/", tasks.wake, name="task_wake"),
    path("tasks/<int:pk>/hand-on/", tasks.hand_on, name="task_hand_on"),
    path("customers/<int:pk>/plays/", plays.panel, name="panel"),
    path("customers/<int:pk>/plays/new/", plays.enrol, name="enrol"),
    path("customers/<int:pk>/tasks/new/", tasks.task_new, name="task_new"),
    path("plays/<int:pk>/stop/", plays.stop, name="stop"),
    path("plays/<int:pk>/undo/", plays.unstart, name="unstart"),
    path("playbooks/", playbooks.playbooks, name="playbooks"),
    path("playbooks/new/", design.playbook_new, name="playbook_new"),
    path("playbooks/<int:pk>/", playbooks.playbook, name="playbook"),
    path("playbooks/<int:pk>/why/", playbooks.why_not, name="why"),
    path("playbooks/<int:pk>/dry-run/", playbooks.dry_run, name="dry_run"),
    path("playbooks/<int:pk>/runs/", playbooks.runs, name="runs"),
    path("playbooks/<int:pk>/edit/", design.edit, name="edit"),
    path("playbooks/<int:pk>/publish/", design.publish, name="publish"),
    path("playbooks/<int:pk>/discard/", design.discard, name="discard"),
    path("playbooks/<int:pk>/pause/", design.pause, name="pause"),
    path("playbooks/<int:pk>/versions/<int:number>/roll-back/", design.roll_back, name="roll_back"),
]
